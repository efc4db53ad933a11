import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheOnMachine } from '../support/throwaway-machine.ts';
import { type E2eStage, kickstartOnMachine, openStage } from './stage.ts';

describe('first installs on a fresh machine', () => {
  let stage: E2eStage;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  const hasUser = async () => (await stage.machine.run(['getent', 'passwd', 'netdata'])).exitCode === 0;

  it('succeed both at once, below two prefixes, and go without a trace', async () => {
    const prefixes = [await stage.newPrefix(), await stage.newPrefix()];
    expect(await hasUser()).toBe(false);
    const before = await stage.machine.changes();
    const ended = await Promise.all(
      prefixes.map(({ path }) => stage.kickstart(['--build-only', '--disable-cloud', '--install', path])),
    );
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    for (const prefix of prefixes) expect(await prefix.info()).toMatchObject({ version: 'v1.31.0' });
    for (const { path } of prefixes) {
      const { exitCode, stdout, stderr } = await stage.kickstart(['uninstall', '--install', path]);
      expect(exitCode, `${stdout}${stderr}`).toBe(0);
    }
    expect(await hasUser()).toBe(false);
    const cached = new RegExp(`^[^\\t]*${cacheOnMachine}`);
    const changes = (await stage.machine.changes()).filter((line) => !cached.test(line));
    expect(changes.filter((line) => /kickstart|netdata/.test(line))).toEqual(
      before.filter((line) => !cached.test(line) && /kickstart|netdata/.test(line)),
    );
  });

  it('go on to their end when the reader of their output has ended', async () => {
    const prefix = await stage.newPrefix();
    const words = `--build-only --disable-cloud --install ${prefix.path} --cache-directory ${cacheOnMachine}`;
    const script = `{ NETDATA_TARBALL_BASEURL=${stage.mirror.url}/releases ${kickstartOnMachine} ${words} 2>&1; echo $? >/root/exit; } | sed -u q`;
    const { stdout } = await stage.machine.run(['sh', '-c', script]);
    expect(stdout.split('\n')).toHaveLength(2);
    expect((await stage.machine.run(['cat', '/root/exit'])).stdout).toBe('0\n');
    expect(await prefix.info()).toMatchObject({ version: 'v1.31.0' });
    expect((await stage.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
  });
});
