import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2eStage, openStage } from './stage.ts';

describe("a machine with the distribution's own netdata package", () => {
  let stage: E2eStage;

  beforeAll(async () => {
    stage = await openStage();
    const script = 'apt-get update -qq && apt-get install -qq -y --no-install-recommends netdata-core netdata';
    // dpkg starts services after an install; here only the package matters.
    await stage.machine.run([
      'sh',
      '-c',
      'printf "#!/bin/sh\\nexit 101\\n" > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d',
    ]);
    const installed = await stage.machine.run(['sh', '-c', script], { environment: { DEBIAN_FRONTEND: 'noninteractive' } });
    if (installed.exitCode !== 0) throw new Error(installed.stderr);
  });
  afterAll(() => stage?.close());

  it.each([
    ['into the system', []],
    ['below a prefix', ['--install', '/opt/elsewhere']],
    ['with claim options', ['--claim-url', 'https://127.0.0.1:9', '--install', '/opt/elsewhere']],
  ])('is refused, and not changed: %s', async (_, words) => {
    const before = await stage.machine.changes();
    const environment = words.includes('--claim-url') ? { NETDATA_CLAIM_TOKEN: stage.token } : {};
    const { exitCode, stderr } = await stage.kickstart(['--build-only', ...words], { environment });
    expect(stderr).toContain('Existing install appears to be handled manually or through the system package manager.');
    expect(stderr).toContain('installed by a package of the distribution');
    expect(stderr).toMatch(/Remove it with: apt-get remove -y netdata/);
    expect(stderr).toContain('EXISTING_INSTALL_UNSUPPORTED');
    expect(exitCode).toBe(3);
    expect(await stage.machine.changes()).toEqual(before);
  });
});
