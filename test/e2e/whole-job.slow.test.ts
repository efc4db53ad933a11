import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2eStage, openStage, type Prefix } from './stage.ts';

describe('the whole job on a real machine', () => {
  let stage: E2eStage;
  let claim: string[];
  let warmUp: { exitCode: number; stdout: string; stderr: string };

  beforeAll(async () => {
    stage = await openStage();
    claim = ['--claim-rooms', stage.rooms.join(','), '--claim-url', stage.cloud.url, '--ca-file', stage.caFile];
    const prefix = await stage.newPrefix();
    warmUp = await stage.kickstart(['--build-only', '--require-cloud', '--install', prefix.path]);
  });
  afterAll(() => stage?.close());

  const claimed = (prefix: Prefix, ...words: string[]) =>
    stage.kickstart(['--build-only', '--install', prefix.path, ...claim, ...words], {
      environment: { NETDATA_CLAIM_TOKEN: stage.token },
    });

  it('builds the three libraries and an agent that has Cloud', () => {
    expect(warmUp.stderr).toBe('');
    expect(warmUp.exitCode).toBe(0);
    expect(warmUp.stdout).toContain('The agent says cloud-enabled: true, cloud-available: true');
  });

  it('installs, claims, proves, and leaves the machine as it was after uninstall', async () => {
    const prefix = await stage.newPrefix();
    const before = await stage.machine.changes();
    const installed = await claimed(prefix);
    expect(installed.stderr).toBe('');
    expect(installed.exitCode).toBe(0);
    expect(installed.stdout).toContain('Agent was successfully claimed.');
    expect(installed.stdout).toContain('aclk-available: true');
    expect(await prefix.info()).toMatchObject({
      version: 'v1.31.0',
      'cloud-enabled': true,
      'cloud-available': true,
      'agent-claimed': true,
      'aclk-available': true,
      host_labels: { _install_type: 'kickstart-build' },
    });
    const node = (await stage.nodes()).find(({ rooms }) => rooms.length === 2);
    expect(node).toMatchObject({ link: { state: 'online' }, rooms: stage.rooms });

    const removed = await stage.kickstart(['uninstall', '--install', prefix.path]);
    expect(removed.exitCode).toBe(0);
    expect(await prefix.info()).toBeUndefined();
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('builds nothing a second time', async () => {
    const prefix = await stage.newPrefix();
    const { exitCode, stdout } = await stage.kickstart(['--build-only', '--require-cloud', '--install', prefix.path, '--json']);
    expect(exitCode).toBe(0);
    const compilations = await stage.machine.run(['sh', '-c', `ls ${prefix.stateDirectory}`]);
    expect(compilations.stdout).not.toContain('work');
    const events = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const built = events.filter(({ event, id }) => event === 'step-done' && id.startsWith('build-dependency'));
    expect(built.map(({ id }) => id).sort()).toEqual([
      'build-dependency:jsonc',
      'build-dependency:libwebsockets',
      'build-dependency:mosquitto',
    ]);
    expect(events.filter(({ event, text }) => event === 'step-proved' && /from the cache, verified/.test(text))).toHaveLength(3);
  });

  it('runs the agent as its own user, with state that only this user can read', async () => {
    const prefix = await stage.newPrefix();
    expect((await claimed(prefix)).exitCode).toBe(0);
    const { stdout: owners } = await stage.machine.run([
      'sh',
      '-c',
      `ps -o user= -p $(head -n 1 ${prefix.root}/var/run/netdata/netdata.pid)`,
    ]);
    expect(owners.trim()).toBe('netdata');
    const { stdout } = await stage.machine.run([
      'sh',
      '-c',
      `cd ${prefix.root}/var/lib/netdata/cloud.d && stat -c '%n %a %U' private.pem public.pem claimed_id cloud.conf cloud_fullchain.pem .`,
    ]);
    expect(stdout.trim().split('\n')).toEqual([
      'private.pem 600 netdata',
      'public.pem 640 netdata',
      'claimed_id 640 netdata',
      'cloud.conf 640 netdata',
      'cloud_fullchain.pem 640 netdata',
      '. 770 netdata',
    ]);
  });

  it('claims an agent that is there, and does not upgrade it; upgrades it without claim options, and keeps the claim', async () => {
    const prefix = await stage.newPrefix();
    expect((await stage.kickstart(['--build-only', '--install', prefix.path])).exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': false });
    stage.mirror.setLatest('v1.31.1');
    try {
      const again = await claimed(prefix);
      expect(again.exitCode).toBe(0);
      expect(again.stdout).toContain('it is claimed as it is, and not upgraded');
      expect(await prefix.info()).toMatchObject({ version: 'v1.31.0', 'aclk-available': true });
      const identity = () =>
        stage.machine.run([
          'sh',
          '-c',
          `cd ${prefix.root}/var/lib/netdata && cat cloud.d/claimed_id cloud.d/private.pem registry/netdata.public.unique.id`,
        ]);
      const before = (await identity()).stdout;

      const upgraded = await stage.kickstart(['--build-only', '--install', prefix.path]);
      expect(upgraded.exitCode).toBe(0);
      expect(await prefix.info()).toMatchObject({ version: 'v1.31.1', 'agent-claimed': true, 'aclk-available': true });
      expect((await identity()).stdout).toBe(before);

      const nothingToDo = await stage.kickstart(['--build-only', '--install', prefix.path]);
      expect(nothingToDo.exitCode).toBe(0);
      expect(nothingToDo.stdout).toContain('is up to date');
    } finally {
      stage.mirror.setLatest('v1.31.0');
    }
    const removed = await stage.kickstart(['uninstall', '--install', prefix.path]);
    expect(removed.exitCode).toBe(0);
    expect((await stage.machine.run(['find', prefix.path])).stdout.trim().split('\n').sort()).toEqual([
      prefix.path,
      `${prefix.path}/netdata`,
      `${prefix.path}/netdata/etc`,
      `${prefix.path}/netdata/etc/netdata`,
      `${prefix.path}/netdata/etc/netdata/netdata.conf`,
    ]);
  });

  it('changes nothing in a dry run', async () => {
    const prefix = await stage.newPrefix();
    const before = await stage.machine.changes();
    const { exitCode, stdout } = await claimed(prefix, '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Install Netdata v1.31.0 below ${prefix.root} and claim it to ${stage.cloud.url}`);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('says the token nowhere', async () => {
    const prefix = await stage.newPrefix();
    const watching = stage.machine.start(['sh', '-c', 'for i in $(seq 400); do ps axww -o args; sleep 0.05; done']);
    let processes = '';
    watching.stdout?.on('data', (text) => {
      processes += text;
    });
    const installed = await claimed(prefix);
    watching.kill('SIGKILL');
    expect(installed.exitCode).toBe(0);
    expect(`${installed.stdout}${installed.stderr}${processes}`).not.toContain(stage.token);
    expect(processes).toContain('netdata');
    const { stdout } = await stage.machine.run([
      'sh',
      '-c',
      `grep -rlF -- '${stage.token}' ${prefix.path} /var/lib/kickstart /var/tmp /var/log /etc /root 2>/dev/null; true`,
    ]);
    expect(stdout).toBe('');
  });

  it('goes on without Cloud when a library cannot be had, and says so', async () => {
    const prefix = await stage.newPrefix();
    const { exitCode, stdout } = await stage.kickstart(
      ['--build-only', '--install', prefix.path],
      await stage.withoutLibwebsockets(),
    );
    expect(stdout).toContain(
      'Unable to fetch sources for libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
    );
    expect(exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'cloud-enabled': true, 'cloud-available': false });
    const claim = await claimed(prefix);
    expect(claim.exitCode).toBe(6);
    expect(claim.stderr).toContain('CLAIM_AGENT_WITHOUT_CLOUD');
  });

  it('takes everything back when Cloud is required and a library cannot be had', async () => {
    const prefix = await stage.newPrefix();
    const without = await stage.withoutLibwebsockets();
    const before = await stage.machine.changes();
    const { exitCode, stderr } = await stage.kickstart(['--build-only', '--require-cloud', '--install', prefix.path], without);
    expect(stderr).toMatch(/libwebsockets[\s\S]*FETCH_FAILED/);
    expect(exitCode).toBe(4);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('fetches nothing for Cloud when it is disabled, and the agent says so', async () => {
    const prefix = await stage.newPrefix();
    const { exitCode } = await stage.kickstart(['--build-only', '--disable-cloud', '--install', prefix.path], {
      cacheDirectory: '/var/tmp/empty',
    });
    expect(exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'cloud-enabled': false, 'cloud-available': false });
    const sources = await stage.machine.run(['sh', '-c', 'ls /var/tmp/empty/sources/*']);
    expect(
      sources.stdout
        .trim()
        .split('\n')
        .filter((line) => line.endsWith('.tar.gz')),
    ).toEqual(['netdata-v1.31.0.tar.gz']);
  });

  it('leaves a good state when it is killed in the middle: the next run finishes, and uninstall takes all away', async () => {
    const prefix = await stage.newPrefix();
    const before = await stage.machine.changes();
    const killed = await stage.killedAt('Build the agent', ['--build-only', '--install', prefix.path, ...claim], stage.token);
    expect(killed.exitCode).toBe(137);
    const again = await claimed(prefix);
    expect(again.exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'aclk-available': true });
    expect((await stage.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('stops when the user says so, and takes everything back', async () => {
    const prefix = await stage.newPrefix();
    const before = await stage.machine.changes();
    const words = ['--build-only', '--install', prefix.path, ...claim];
    const { exitCode } = await stage.signalledAt('Build the agent', 'INT', words, stage.token);
    expect(exitCode).toBe(130);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('leaves an installed agent running when the Cloud refuses the token, and says so in exit status and words', async () => {
    const prefix = await stage.newPrefix();
    const refused = await stage.kickstart(['--build-only', '--install', prefix.path, ...claim], {
      environment: { NETDATA_CLAIM_TOKEN: 'not-the-token' },
    });
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toContain('the claim token is expired, not found, or invalid');
    expect(refused.stderr).toContain('CLAIM_TOKEN_INVALID');
    expect(refused.stdout).not.toContain('Agent was successfully claimed.');
    expect(await prefix.info()).toMatchObject({ version: 'v1.31.0', 'agent-claimed': false });
    expect((await claimed(prefix)).exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'aclk-available': true });
  });

  it('keeps what was done when a run fails and is told to; uninstall takes it away', async () => {
    const prefix = await stage.newPrefix();
    const without = await stage.withoutLibwebsockets();
    const before = await stage.machine.changes();
    const kept = await stage.kickstart(
      ['--build-only', '--require-cloud', '--keep-on-failure', '--install', prefix.path],
      without,
    );
    expect(kept.exitCode).toBe(5);
    expect(await stage.machine.changes()).not.toEqual(before);
    expect((await stage.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('installs for a user who is not root, below a directory of their own', async () => {
    const prefix = await stage.newPrefix();
    const ann = { userId: 2001, groupId: 2001 };
    const home = '/home/ann';
    await stage.machine.run(['sh', '-c', `useradd --uid 2001 --create-home ann; chown -R ann:ann ${prefix.path}`]);
    const before = await stage.machine.changes();
    const environment = { HOME: home, NETDATA_CLAIM_TOKEN: stage.token };
    const installed = await stage.kickstart(['--build-only', '--install', prefix.path, ...claim], {
      environment,
      user: ann,
      cacheDirectory: null,
    });
    expect(installed.stderr).toBe('');
    expect(installed.exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'aclk-available': true });
    const removed = await stage.kickstart(['uninstall', '--install', prefix.path], { environment: { HOME: home }, user: ann });
    expect(removed.exitCode).toBe(0);
    expect(await stage.machine.changes()).toEqual(before);
  });

  it('claims an agent that was built and started by hand, with its own claim script', async () => {
    const prefix = await stage.newPrefix();
    const built = await stage.machine.run(['sh', '-c', stage.buildByHand(prefix)]);
    expect(built.exitCode, built.stderr).toBe(0);
    await stage.until(async () => (await prefix.info()) !== undefined);
    const script = `${prefix.root}/usr/sbin/netdata-claim.sh -token=${stage.token} -rooms=${stage.rooms[0]} -url=${stage.cloud.url} --ca-file=${stage.caFile}`;
    const claimed = await stage.machine.run(['sh', '-c', script]);
    expect(claimed.stderr).toBe('');
    expect(claimed.stdout).toContain('Agent was successfully claimed.');
    expect(claimed.exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': true });
  });

  it('ends its JSON with the result', async () => {
    const prefix = await stage.newPrefix();
    const { stdout, exitCode } = await claimed(prefix, '--json');
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain(stage.token);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ event: 'result', changed: true, state: 'as-asked', exitStatus: 0 });
  });

  it('takes a rehearsal away when the user stops it', async () => {
    const before = await stage.machine.changes();
    const { exitCode, stdout } = await stage.signalledAt('Build the agent', 'INT', ['rehearse'], stage.token);
    expect(exitCode).toBe(130);
    expect(stdout).toContain('Taking the rehearsal away');
    expect(await stage.machine.changes()).toEqual(before);
    expect((await stage.machine.run(['pgrep', '-f', 'kickstart-rehearsal'])).stdout).toBe('');
  });

  it('names a rehearsal that was killed, with the command that removes it', async () => {
    const before = await stage.machine.changes();
    const { exitCode } = await stage.killedAt('Build the agent', ['rehearse'], stage.token);
    expect(exitCode).toBe(137);
    const next = await stage.signalledAt('Build the agent', 'INT', ['rehearse'], stage.token);
    const [, stateDirectory = 'none'] =
      /An earlier rehearsal is still here\. Remove it: .* uninstall --state-directory (\S+)/.exec(next.stdout) ?? [];
    expect((await stage.kickstart(['uninstall', '--state-directory', stateDirectory])).exitCode).toBe(0);
    expect(await stage.machine.changes()).toEqual(before);
  });
});
