import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCommands } from '../../src/system/commands.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const isRoot = process.getuid?.() === 0;
const { query, run, startProcess } = createCommands({ PATH: '/usr/bin:/bin' });
const ann = 1234;

/** A directory of root with a program in it, which says its own name and who runs it. */
function machine() {
  const top = scratchDirectory();
  chmodSync(top, 0o755);
  mkdirSync(`${top}/sbin`);
  program(`${top}/sbin/netdata`);
  return { top, netdata: `${top}/sbin/netdata` };
}

function program(path: string, says = 'ran'): void {
  writeFileSync(path, `#!/bin/sh\necho ${says}\n`);
  chmodSync(path, 0o755);
}

describe.skipIf(!isRoot)('root executes nothing that another can swap', () => {
  it.each<[string, (paths: { top: string; netdata: string }) => unknown, (top: string) => string]>([
    [
      'a program of another user',
      ({ netdata }) => chownSync(netdata, ann, ann),
      (top) => `${top}/sbin/netdata belongs to the user with the number 1234.`,
    ],
    [
      'a program that all may write',
      ({ netdata }) => chmodSync(netdata, 0o757),
      (top) => `Everybody can write ${top}/sbin/netdata.`,
    ],
    [
      'a directory of another user',
      ({ top }) => chownSync(`${top}/sbin`, ann, 0),
      (top) => `${top}/sbin belongs to the user with the number 1234.`,
    ],
    [
      'a directory of another user above it',
      ({ top }) => chownSync(top, ann, 0),
      (top) => `${top} belongs to the user with the number 1234.`,
    ],
    [
      'a directory that a group may write',
      ({ top }) => {
        chownSync(`${top}/sbin`, 0, 50);
        chmodSync(`${top}/sbin`, 0o775);
      },
      (top) => `The group with the number 50 can write ${top}/sbin.`,
    ],
  ])('as by %s', async (_, change, why) => {
    const paths = machine();
    change(paths);
    const command = { program: paths.netdata, arguments: [] };
    const said = `Root executes nothing that others can change. ${why(paths.top)}`;
    expect(await query(command)).toEqual({ exitCode: 126, stdout: '', stderr: `${said}\n` });
    await expect(run(command)).rejects.toMatchObject({ code: 'HOST_COMMAND_FAILED', why: said });
    await expect(startProcess({ ...command, logPath: `${paths.top}/log` })).rejects.toMatchObject({ why: said });
    expect(readFileSync(`${paths.top}/log`, 'utf8')).toBe('');
  });

  it('nor what a link leads to that another can change', async () => {
    const { top } = machine();
    mkdirSync(`${top}/home`);
    program(`${top}/home/evil`, 'evil');
    chownSync(`${top}/home`, ann, ann);
    symlinkSync(`${top}/home/evil`, `${top}/sbin/linked`);
    expect(await query({ program: `${top}/sbin/linked`, arguments: [] })).toMatchObject({ exitCode: 126, stdout: '' });
  });

  it('nor what is found first on its PATH, or on that of what it starts', async () => {
    const { top } = machine();
    mkdirSync(`${top}/home`);
    program(`${top}/home/id`, 'evil');
    chownSync(`${top}/home`, ann, ann);
    mkdirSync(`${top}/tmp`);
    chmodSync(`${top}/tmp`, 0o1777);
    program(`${top}/tmp/id`, 'evil');
    const own = createCommands({ PATH: `${top}/home:${top}/tmp:.:/usr/bin:/bin` });
    expect((await own.query({ program: 'id', arguments: ['-u'] })).stdout).toBe('0\n');
    const { stdout } = await own.query({ program: 'sh', arguments: ['-c', 'id -u; echo "$PATH"'] });
    expect(stdout).toBe(`0\n${['/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'].join('')}\n`);
  });

  it('nor what a home of another user says, and keeps nothing where that user could take it from', async () => {
    const { top } = machine();
    chownSync(top, ann, ann);
    const env = async (directory: string) =>
      (await createCommands({ PATH: '/usr/bin', HOME: directory, TMPDIR: directory }).query({ program: 'env', arguments: [] }))
        .stdout;
    expect(await env(top)).not.toMatch(/HOME|TMPDIR/);
    const ofAll = await env('/tmp');
    expect(ofAll).toContain('TMPDIR=/tmp\n');
    expect(ofAll).not.toMatch(/^HOME/m);
    expect(await env('/usr')).toContain('HOME=/usr\n');
  });

  it('looks again at each execution', async () => {
    const { netdata } = machine();
    const command = { program: netdata, arguments: [] };
    expect((await query(command)).stdout).toBe('ran\n');
    chownSync(netdata, ann, ann);
    expect(await query(command)).toMatchObject({ exitCode: 126, stdout: '' });
  });

  it('executes what is root’s alone under its own name, through links of root, and below a directory with a sticky bit', async () => {
    const { top } = machine();
    mkdirSync(`${top}/tmp`);
    chmodSync(`${top}/tmp`, 0o1777);
    mkdirSync(`${top}/tmp/of-root`);
    symlinkSync('/bin/cat', `${top}/tmp/of-root/cat`);
    const { stdout } = await query({ program: `${top}/tmp/of-root/cat`, arguments: ['/proc/self/cmdline'] });
    expect(stdout.split('\0')).toEqual([`${top}/tmp/of-root/cat`, '/proc/self/cmdline', '']);
  });

  it('holds nothing open when all is over', async () => {
    const held = () => readdirSync('/proc/self/fd').length;
    await query({ program: 'true', arguments: [] });
    const before = held();
    for (const name of ['true', 'no-such-program', '/no/such/program']) await query({ program: name, arguments: [] });
    expect(held()).toBeLessThanOrEqual(before);
  });
});
