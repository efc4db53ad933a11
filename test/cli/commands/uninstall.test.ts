import { describe, expect, test } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import { type FakeWorld, fakeWorld } from '../../support/fake-world.ts';

const state = '/var/lib/kickstart/opt%2Fnetdata';
const words = ['uninstall', '--install', '/opt'];

/** A machine where a run made a directory and a file in it, and was recorded. */
function installed(): FakeWorld {
  const records = [
    { record: 'run', schema: 1, runId: 'r', version: '0.1.0', goal: 'install', title: 'Install', at: 0, created: [state] },
    started('a', 'create-directory', 'Create directory /opt/netdata', { created: ['/opt/netdata'], contents: 'keep' }),
    { record: 'done', runId: 'r', id: 'a', at: 0 },
    started('b', 'write-file', 'Write /opt/netdata/b', { path: '/opt/netdata/b' }),
    { record: 'done', runId: 'r', id: 'b', at: 0 },
    { record: 'ended', runId: 'r', state: 'as-asked', at: 0 },
  ];
  return fakeWorld({
    files: {
      [`${state}/receipt.jsonl`]: records.map((record) => `${JSON.stringify(record)}\n`).join(''),
      '/opt/netdata/b': 'ours',
    },
  });
}

function started(id: string, kind: string, title: string, undo: object) {
  return { record: 'started', runId: 'r', id, kind, title, undo, at: 0 };
}

describe('kickstart uninstall', () => {
  test('takes back what the receipt has, newest first, and then the receipt', async () => {
    const world = installed();
    expect(await run(words, world)).toBe(0);
    const { output, complaints } = world.printed();
    expect(complaints).toBe('');
    expect(output).toMatch(/Taken back: Write \/opt\/netdata\/b\n.*Taken back: Create directory \/opt\/netdata\n/);
    expect(world.system.exists('/opt/netdata')).toBe(false);
    expect(world.system.exists(state)).toBe(false);
  });

  test('loads all of kickstart before the first change, because its own files may go', async () => {
    const world = installed();
    let before: unknown;
    world.loadAllFiles = () => {
      before = [world.printed().output, world.system.exists('/opt/netdata/b')];
    };
    expect(await run(words, world)).toBe(0);
    expect(before).toEqual(['', true]);
  });

  test('says with --dry-run what would be taken back, and changes nothing', async () => {
    const world = installed();
    const before = world.system.tree();
    expect(await run([...words, '--dry-run'], world)).toBe(0);
    expect(world.printed().output).toBe(
      'These changes would be taken back, in this order:\n  - Write /opt/netdata/b\n  - Create directory /opt/netdata\n',
    );
    expect(world.system.tree()).toEqual(before);
  });

  test('says it as JSON when it is asked to', async () => {
    const world = installed();
    expect(await run([...words, '--dry-run', '--json'], world)).toBe(0);
    expect(JSON.parse(world.printed().output)).toEqual({
      undo: [
        { id: 'b', kind: 'write-file', title: 'Write /opt/netdata/b' },
        { id: 'a', kind: 'create-directory', title: 'Create directory /opt/netdata' },
      ],
    });
  });

  test('refuses a second time, because nothing is left', async () => {
    const world = installed();
    await run(words, world);
    const before = world.system.tree();
    expect(await run(words, world)).toBe(3);
    expect(world.printed().complaints).toContain(`There is no receipt in ${state}.`);
    expect(world.system.tree()).toEqual(before);
  });

  test('refuses while another kickstart works on the same install', async () => {
    const world = installed();
    world.system.place('/proc/77/stat', `77 (kickstart) S ${'0 '.repeat(18)}500 0`);
    world.system.place(`${state}/running-77-500`, { link: '2026-11-20T12:00:00.000Z' });
    const before = world.system.tree();
    expect(await run(words, world)).toBe(3);
    expect(world.printed().complaints).toContain('process 77, since 2026-11-20T12:00:00.000Z');
    expect(world.system.tree()).toEqual(before);
  });

  test('ends with 5 when something cannot be taken back, which the receipt keeps, and takes it back the next time', async () => {
    const world = installed();
    const { removeFile } = world.system;
    world.system.removeFile = async (path) => {
      if (path === '/opt/netdata/b') throw Object.assign(new Error('EACCES'), { code: 'EACCES', path });
      await removeFile(path);
    };
    expect(await run(words, world)).toBe(5);
    expect(world.printed().complaints).toMatch(
      /^\nNot everything could be taken back: Write \/opt\/netdata\/b[\s\S]*UNDO_INCOMPLETE\./,
    );
    expect(world.system.exists('/opt/netdata/b')).toBe(true);
    world.system.removeFile = removeFile;
    expect(await run(words, world)).toBe(0);
    expect(world.system.exists('/opt/netdata/b')).toBe(false);
  });
});
