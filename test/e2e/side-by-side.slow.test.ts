import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2eStage, openStage } from './stage.ts';

describe('more than one run on a machine', () => {
  let stage: E2eStage;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  const hasUser = async () => (await stage.machine.run(['getent', 'passwd', 'netdata'])).exitCode === 0;

  it.each(['first', 'last'])(
    'keeps the user as long as one of two installs is there, when the %s one goes first',
    async (which) => {
      const prefixes = [await stage.newPrefix(), await stage.newPrefix()];
      for (const { path } of prefixes) expect((await stage.kickstart(['--build-only', '--install', path])).exitCode).toBe(0);
      const [one, other] = which === 'first' ? prefixes : prefixes.toReversed();
      const removed = await stage.kickstart(['uninstall', '--install', one?.path ?? '']);
      expect(removed.stdout).toContain('Left the user netdata: another install uses it');
      expect(removed.exitCode).toBe(0);
      expect(await hasUser()).toBe(true);
      expect(await other?.info()).toMatchObject({ version: 'v1.31.0' });
      expect((await stage.kickstart(['uninstall', '--install', other?.path ?? ''])).exitCode).toBe(0);
      expect(await hasUser()).toBe(false);
    },
  );

  it('builds anew after a failure that was kept, with the options and the release of the new run', async () => {
    const prefix = await stage.newPrefix();
    const before = await stage.machine.changes();
    const settings = `${prefix.root}/etc/netdata/netdata.conf`;
    const { stdout: asItWas } = await stage.machine.run(['cat', settings]);
    // An address that no machine has: nobody holds its port, so that the plan has nothing against it.
    await stage.machine.run(['sh', '-c', `printf '[web]\\n bind to = 192.0.2.1:${prefix.port}\\n' > ${settings}`]);
    const kept = await stage.kickstart(['--build-only', '--install', prefix.path, '--keep-on-failure']);
    await stage.machine.run(['sh', '-c', 'printf %s "$1" > "$2"', 'sh', asItWas, settings]);
    expect(kept.stderr).toContain('no address to listen on');
    expect(kept.exitCode).toBe(5);
    stage.mirror.setLatest('v1.31.1');
    const again = await stage.kickstart(['--build-only', '--install', prefix.path, '--disable-cloud']);
    stage.mirror.setLatest('v1.31.0');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(await prefix.info()).toMatchObject({ version: 'v1.31.1', 'cloud-enabled': false });
    expect((await stage.machine.run(['ls', prefix.stateDirectory])).stdout).not.toContain('work');
    expect((await stage.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
    const cached = /\/test-output\/cache\//;
    expect((await stage.machine.changes()).filter((line) => !cached.test(line))).toEqual(
      before.filter((line) => !cached.test(line)),
    );
  });
});
