import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealSystem } from '../../src/system/real-system.ts';
import { cacheOnMachine, checkoutOnMachine } from '../support/throwaway-machine.ts';
import { type ReleasedKickstart, releaseKickstart } from './released-kickstart.ts';
import { type E2eStage, openStage } from './stage.ts';

const machinePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

describe('the one-line install from a release', () => {
  let stage: E2eStage;
  let release: ReleasedKickstart;
  let port: number;
  let untouched: readonly string[];

  beforeAll(async () => {
    release = await releaseKickstart();
    stage = await openStage();
    port = await createRealSystem({ environment: {} }).freePort();
    // The machine shares its network with others, which may have an agent at the usual port.
    const configuration = `[web]\\n    bind to = 127.0.0.1\\n    default port = ${port}\\n`;
    const { exitCode } = await stage.machine.run([
      'sh',
      '-c',
      `mkdir -p /opt/x/netdata/etc/netdata && printf '${configuration}' > /opt/x/netdata/etc/netdata/netdata.conf`,
    ]);
    expect(exitCode).toBe(0);
    untouched = await stage.machine.changes();
  });
  afterAll(async () => {
    await stage?.close();
    await release?.close();
  });

  /** As it is pasted into a root shell of bash. */
  const oneLine = (words: string, { path = `${checkoutOnMachine}/node_modules/.bin:${machinePath}` } = {}) =>
    stage.machine.run(['bash', '-c', `bash <(curl -Ss ${release.url}/kickstart.sh) ${words}`], {
      environment: { PATH: path, NETDATA_TARBALL_BASEURL: `${stage.mirror.url}/releases` },
    });
  const claim = () => `--claim-token ${stage.token} --claim-rooms ${stage.rooms.join(',')} --claim-url ${stage.cloud.url}`;
  const trust = () => `--ca-file ${stage.caFile}`;

  it('refuses where no Node is new enough and the release has no executable, and leaves nothing behind', async () => {
    const before = await stage.machine.changes();
    const { exitCode, stdout, stderr } = await oneLine(`--build-only --install /opt/x ${claim()} ${trust()}`, {
      path: machinePath,
    });
    expect(stderr).toContain('without Node.js 24 or newer');
    expect(stderr).toContain('Install Node.js 24 or newer, then run this again.');
    expect(stderr).toContain('HOST_UNSUPPORTED_SYSTEM');
    expect(`${stdout}${stderr}`).not.toContain(stage.token);
    expect(exitCode).toBe(3);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it.each([
    ['Linux', '', 'Install Netdata v1.31.0 below / and claim it to'],
    ['macOS', '--install /usr/local/', 'Install Netdata v1.31.0 below /usr/local/netdata and claim it to'],
  ])('takes the words that the Cloud gives for %s, in their order', async (_, first, title) => {
    const before = await stage.machine.changes();
    const { exitCode, stdout, stderr } = await oneLine(`${first} ${claim()} ${trust()} --dry-run`);
    expect(stderr.split('\n')[0]).toBe(`Downloading kickstart.tar.gz of kickstart 0.1.0 from ${release.url}.`);
    // A token on the command line is advised against, and nothing else is said there.
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([expect.stringContaining('--claim-token-file')]);
    expect(stdout).toContain(`${title} ${stage.cloud.url}`);
    expect(stdout).not.toContain(stage.token);
    expect(exitCode).toBe(0);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('ends with an agent online, and nothing of kickstart in /tmp', async () => {
    const temporary = async () => (await stage.machine.changes()).filter((entry) => entry.startsWith('tmp/'));
    const before = await temporary();
    const cached = `--cache-directory ${cacheOnMachine}`;
    const { exitCode, stdout, stderr } = await oneLine(`--build-only --install /opt/x ${claim()} ${trust()} ${cached}`);
    expect(stderr.split('\n')[0]).toBe(`Downloading kickstart.tar.gz of kickstart 0.1.0 from ${release.url}.`);
    // A token on the command line is advised against, and nothing else is said there.
    expect(stderr.trimEnd().split('\n').slice(1)).toEqual([expect.stringContaining('--claim-token-file')]);
    expect(stdout).toContain('Agent was successfully claimed.');
    expect(exitCode).toBe(0);
    const info = await fetch(`http://127.0.0.1:${port}/api/v1/info`);
    expect(await info.json()).toMatchObject({ version: 'v1.31.0', 'agent-claimed': true, 'aclk-available': true });
    expect((await stage.nodes()).filter(({ link }) => link.state === 'online')).toMatchObject([{ rooms: stage.rooms }]);
    expect(await temporary()).toEqual(before);
  });

  it('has put kickstart on PATH, for its user and for the claiming script of the agent', async () => {
    const status = await stage.machine.run(['kickstart', 'status', '--install', '/opt/x']);
    expect(status.stderr).toBe('');
    expect(status.stdout).toContain('Netdata 1.31.0 at /opt/x/netdata/usr/sbin/netdata, installed by kickstart, running');
    expect(status.exitCode).toBe(0);
    const script = '/opt/x/netdata/usr/sbin/netdata-claim.sh';
    const words = [`-token=${stage.token}`, `-rooms=${stage.rooms.join(',')}`, `-url=${stage.cloud.url}`];
    const claimed = await stage.machine.run([script, ...words, `--ca-file=${stage.caFile}`]);
    expect(claimed).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('claimed') });
    const user = { userId: 65_534, groupId: 65_534 };
    expect(await stage.machine.run(['kickstart', 'status', '--install', '/opt/x'], { user })).toEqual({
      ...{ exitCode: 3, stdout: '' },
      stderr: 'Only root can start this kickstart: start it with sudo.\n',
    });
  });

  it('makes of what it kept the newer release that the one line runs later', async () => {
    // As an older release would have left it: one file was another, one was not there.
    const kept = '/var/lib/kickstart/opt%2Fx%2Fnetdata/program';
    const older = `cd ${kept} && echo '// older' >> kickstart.cjs && rm view-listr-*.cjs ora-*.cjs execa-*.cjs`;
    expect(await stage.machine.run(['sh', '-c', older])).toMatchObject({ exitCode: 0, stderr: '' });
    const { exitCode, stdout } = await oneLine('--build-only --install /opt/x');
    expect(stdout).toContain(`Install the files of kickstart at ${kept}`);
    expect(exitCode).toBe(0);
    const same = await stage.machine.run(['tail', '-n', '1', `${kept}/kickstart.cjs`]);
    expect(same.stdout).not.toContain('older');
  });

  it('is taken away by the kickstart that it kept, and leaves nothing behind', async () => {
    const { exitCode, stdout, stderr } = await stage.machine.run(['kickstart', 'uninstall', '--install', '/opt/x']);
    expect(stderr).toBe('');
    expect(stdout).toContain('Taken back: Install the files of kickstart at /var/lib/kickstart/opt%2Fx%2Fnetdata/program');
    expect(exitCode).toBe(0);
    expect(await stage.machine.changes()).toEqual(untouched);
  });
});
