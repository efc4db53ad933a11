import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type E2eStage, openStage, type Prefix } from './stage.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

// One agent for all; each test goes on where the one before it ended.
describe.skipIf(refusal !== undefined)(`who may claim an agent${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let stage: E2eStage;
  let prefix: Prefix;
  let here: readonly string[];
  let claim: readonly string[];
  let atFirst: string;

  beforeAll(async () => {
    stage = await openStage();
    prefix = await stage.newPrefix();
    here = ['--install', prefix.path];
    claim = ['claim', ...here, '--claim-rooms', stage.rooms.join(','), '--claim-url', stage.cloud.url, '--ca-file', stage.caFile];
    // The agent's link trusts the machine's certificates, whoever claims it.
    await shell(`cp ${stage.caFile} /etc/ssl/certs/of-the-test.pem
      ln -s of-the-test.pem /etc/ssl/certs/$(openssl x509 -hash -noout -in ${stage.caFile}).0
      useradd --uid 2001 --create-home ann; useradd --uid 2002 --create-home monitor`);
    atFirst = await install();
    const installed = await stage.kickstart(['--build-only', '--require-cloud', ...here]);
    expect(installed.exitCode, installed.stderr).toBe(0);
  });
  afterAll(() => stage?.close());

  async function shell(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await stage.machine.run(['sh', '-c', `set -e\n${script}`]);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  /** As `sudo -u USER kickstart …` runs it: with the home of that user. */
  async function as(user: string, words: readonly string[]) {
    const [, , userId, groupId, , HOME = ''] = (await shell(`getent passwd ${user}`)).split(':');
    const { stderr, ...ran } = await stage.kickstart(words, {
      environment: { HOME, NETDATA_CLAIM_TOKEN: stage.token },
      ...(user === 'root' ? {} : { user: { userId: Number(userId), groupId: Number(groupId) } }),
    });
    // Advice names kickstart as it was started.
    return { ...ran, stderr: stderr.replaceAll(/\S+\/node \S+\/kickstart\.cjs/g, 'kickstart') };
  }

  /** The state of the agent: name, mode, owner. */
  const state = async () =>
    (await shell(`cd ${prefix.root}/var/lib/netdata && find cloud.d registry -printf '%p %m %u:%g\\n' | LC_ALL=C sort`)).split(
      '\n',
    );

  /** What is there of the agent and of kickstart, but for the logs of the agent and what the kickstart of its user keeps for itself. */
  const install = () =>
    shell(`places="${prefix.path} $(ls -d /var/lib/kickstart 2> /dev/null || :) /home"
      find $places ! -path '*/var/log/*' ! -path '*/.local*' -printf '%p %y %m %u:%g\\n' | LC_ALL=C sort
      find $places -type f ! -path '*/var/log/*' ! -path '*/.local*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`);

  async function isOnline() {
    await stage.until(async () => (await prefix.info())?.['aclk-available'] === true);
  }

  const claimedState = (user: string) => [
    `cloud.d 770 ${user}:${user}`,
    `cloud.d/claimed_id 640 ${user}:${user}`,
    `cloud.d/cloud.conf 640 ${user}:${user}`,
    `cloud.d/cloud_fullchain.pem 640 ${user}:${user}`,
    `cloud.d/private.pem 600 ${user}:${user}`,
    `cloud.d/public.pem 640 ${user}:${user}`,
    `cloud.d/rooms 640 ${user}:${user}`,
    'registry 750 netdata:netdata',
    'registry/netdata.public.unique.id 640 netdata:netdata',
  ];

  it('another user may not: it names who may and the command, and changes nothing', async () => {
    const before = await stage.machine.changes();
    expect(await as('ann', claim)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: [
        'Only root or the user netdata can claim this agent, and this is ann.',
        "The agent runs as netdata, and its credentials are this user's alone.",
        `Run: sudo -u netdata kickstart claim --install ${prefix.path} …, or sudo kickstart claim --install ${prefix.path} …; … is what else you gave`,
        "CLAIM_WRONG_USER. Netdata's own scripts call it 6.\n",
      ].join('\n'),
    });
    expect(await stage.machine.changes()).toEqual(before);
    expect(await stage.nodes()).toEqual([]);
  });

  it('another user may not with --claim-user either, where the agent keeps its claim to itself', async () => {
    const before = await install();
    const { exitCode, stderr } = await as('ann', [...claim, '--claim-user', 'ann']);
    expect(stderr).toMatch(/^Only root or the user netdata can claim this agent, and this is ann\.\n/);
    expect(exitCode).toBe(3);
    expect(await install()).toEqual(before);
    expect(await stage.nodes()).toEqual([]);
  });

  it('says where the machine GUID cannot be written', async () => {
    const registry = `${prefix.root}/var/lib/netdata/registry`;
    await shell(`mv ${registry}/netdata.public.unique.id /tmp/guid; chown root ${registry}; chmod 755 ${registry}`);
    const before = await install();
    const { exitCode, stderr } = await as('netdata', claim);
    expect(stderr.trim().split('\n')[0]).toBe(
      `Failed to write new machine GUID. Please make sure you have rights to write to ${registry}/netdata.public.unique.id.`,
    );
    expect(stderr).toContain("CLAIM_MACHINE_GUID. Netdata's own scripts call it 18.");
    expect(exitCode).toBe(6);
    expect(await install()).toEqual(before);
    await shell(`mv /tmp/guid ${registry}/netdata.public.unique.id; chown netdata ${registry}; chmod 750 ${registry}`);
  });

  it('the user that runs the agent may, without root', async () => {
    const { exitCode, stdout, stderr } = await as('netdata', claim);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('Agent was successfully claimed.');
    expect(await state()).toEqual(claimedState('netdata'));
    await isOnline();
  });

  it('says the status to everybody, as far as they may look', async () => {
    for (const user of ['root', 'netdata']) {
      const { exitCode, stdout } = await as(user, ['status', ...here]);
      expect(stdout).toContain('Link:              online');
      expect(stdout).toContain(`Cloud:             ${stage.cloud.url}`);
      expect(exitCode).toBe(0);
    }
    const { exitCode, stdout } = await as('ann', ['status', ...here]);
    // Who may see neither the files of the agent nor whose socket answers believes nobody.
    expect(stdout).toContain('Claimed:           cannot be read by ann\n');
    expect(stdout).toContain('Link:              unknown\n');
    expect(stdout).toContain('Code:              LINK_AGENT_UNPROVEN\n');
    expect(exitCode).toBe(6);
  });

  it('unclaims for the user that runs the agent, and brings the claim back, and for nobody else', async () => {
    const before = await stage.machine.changes();
    for (const words of [['unclaim'], ['unclaim', '--restore']]) {
      const { exitCode, stderr } = await as('ann', [...words, ...here]);
      expect(exitCode).toBe(3);
      const line = `kickstart ${words.join(' ')} --install ${prefix.path}`;
      expect(stderr).toContain(`\nRun: sudo -u netdata ${line}, or sudo ${line}\n`);
    }
    expect(await stage.machine.changes()).toEqual(before);
    const gone = await as('netdata', ['unclaim', ...here]);
    expect(gone.exitCode, gone.stderr).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': false, 'aclk-available': false });
    expect((await state()).filter((line) => /claimed_id|\.pem|rooms/.test(line))).toEqual([
      'cloud.d/cloud_fullchain.pem 640 netdata:netdata',
    ]);
    const back = await as('netdata', ['unclaim', '--restore', ...here]);
    expect(back.exitCode, back.stderr).toBe(0);
    expect(await state()).toEqual(claimedState('netdata'));
    await isOnline();
  });

  it('root may, and the files belong to the user that runs the agent', async () => {
    const { exitCode, stderr } = await as('root', [...claim, '--new-id']);
    expect(exitCode, stderr).toBe(0);
    expect(await state()).toEqual(claimedState('netdata'));
    await isOnline();
  });

  it('refuses a key that the user of the agent cannot read, before the Cloud is asked', async () => {
    const nodes = (await stage.nodes()).length;
    await shell(`chown root:root ${prefix.root}/var/lib/netdata/cloud.d/private.pem`);
    const before = await install();
    const { exitCode, stderr } = await as('netdata', [...claim, '--new-id']);
    expect(stderr).toContain(
      `The private key of this node, ${prefix.root}/var/lib/netdata/cloud.d/private.pem, cannot be read by the agent.\n`,
    );
    expect(stderr).toContain("CLAIM_KEY_UNREADABLE. Netdata's own scripts call it 2.");
    expect(exitCode).toBe(6);
    expect(await install()).toEqual(before);
    expect(await stage.nodes()).toHaveLength(nodes);
  });

  it('hands over what somebody made as root', async () => {
    await shell(
      `cd ${prefix.root}/var/lib/netdata && chown -R root:root cloud.d && chmod 700 cloud.d && chmod 644 cloud.d/private.pem`,
    );
    const { exitCode, stdout, stderr } = await as('root', [...claim, '--new-id']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('cloud.d/private.pem belongs to netdata now');
    expect(await state()).toEqual(claimedState('netdata'));
    await isOnline();
  });

  it('unclaims for root, and brings the claim back as the agent’s', async () => {
    // A netdatacli that is not root's is not run by root, and neither is anything else of that agent.
    const netdatacli = `${prefix.root}/usr/sbin/netdatacli`;
    await shell(`chown netdata ${netdatacli}`);
    const refused = await as('root', ['unclaim', ...here]);
    expect(refused.stderr).toContain(`${netdatacli} belongs to netdata. Root would run what they put there.`);
    expect(refused.exitCode).toBe(3);
    await shell(`chown root ${netdatacli}`);
    expect((await as('root', ['unclaim', ...here])).exitCode).toBe(0);
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': false });
    await shell(`chown root:root ${prefix.root}/var/lib/netdata/cloud.d`);
    const { exitCode, stdout, stderr } = await as('root', ['unclaim', '--restore', ...here]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('cloud.d belongs to netdata now');
    expect(await state()).toEqual(claimedState('netdata'));
    await isOnline();
  });

  const unheard = ['--new-id', '--claim-daemon-not-running', '--wait', 'none'];

  it('gives the files to --claim-user', async () => {
    const { exitCode, stderr } = await as('root', [...claim, ...unheard, '--claim-user', 'monitor']);
    expect(exitCode, stderr).toBe(0);
    expect(await state()).toEqual(claimedState('monitor'));
  });

  it('reads in netdata.conf who runs the agent', async () => {
    const conf = `${prefix.root}/etc/netdata/netdata.conf`;
    await shell(`printf '[global]\\n    run as user = ann\\n' >> ${conf}`);
    const refused = await as('netdata', claim);
    expect(refused.stderr).toMatch(/^Only root or the user ann can claim this agent, and this is netdata\.\n/);
    expect(refused.exitCode).toBe(3);
    const { exitCode, stderr } = await as('root', [...claim, ...unheard]);
    expect(exitCode, stderr).toBe(0);
    // With a GUID that this user can get to and read.
    expect(await state()).toEqual([
      ...claimedState('ann').slice(0, -2),
      'registry 770 ann:ann',
      'registry/netdata.public.unique.id 644 ann:ann',
    ]);
  });

  it('leaves nothing of all this after an uninstall', async () => {
    await shell(`sed -i '/^\\[global\\]$/,$d' ${prefix.root}/etc/netdata/netdata.conf`);
    const { exitCode, stderr } = await as('root', ['uninstall', ...here]);
    expect(exitCode, stderr).toBe(0);
    expect(await install()).toEqual(atFirst);
  });
});
