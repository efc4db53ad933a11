import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type E2eStage, openStage, type Prefix } from './stage.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

// One agent for all; each test goes on where the one before it ended.
describe.skipIf(refusal !== undefined)(`users who want to be root${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let stage: E2eStage;
  let prefix: Prefix;
  let here: readonly string[];
  let claim: readonly string[];
  let atFirst: string;

  beforeAll(async () => {
    stage = await openStage();
    prefix = await stage.newPrefix();
    here = ['--install', prefix.path];
    claim = ['claim', ...here, '--claim-url', stage.cloud.url, '--ca-file', stage.caFile, '--wait', 'none'];
    // With a program of hers that says who ran it.
    await shell(`useradd --uid 2001 --create-home ann; cd /home/ann
      printf '#!/bin/sh\\nid -u >> /root/ran-by\\necho netdata v1.31.0\\n' > evil; chmod 755 evil; chown ann evil`);
    atFirst = await entries();
    const installed = await root(['--build-only', '--require-cloud', ...here]);
    expect(installed.exitCode, installed.stderr).toBe(0);
  });
  afterAll(() => stage?.close());

  async function shell(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await stage.machine.run(['sh', '-c', `set -e\n${script}`]);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}${stdout}`);
    return stdout.trim();
  }
  const root = (words: readonly string[]) =>
    stage.kickstart(words, words[0] === 'claim' ? { environment: { NETDATA_CLAIM_TOKEN: stage.token } } : {});
  const entries = () =>
    shell(`find ${prefix.path} $(ls -d /var/lib/kickstart 2> /dev/null || :) -printf '%p %y %m %u:%g\\n' | LC_ALL=C sort`);

  it('do not make root write where the agent’s user likes, by way of netdata.conf', async () => {
    const conf = `${prefix.root}/etc/netdata/netdata.conf`;
    await shell(`cp -p ${conf} /root/conf; chown netdata ${conf}
      su -s /bin/sh netdata -c "printf '[registry]\\n netdata unique id file = /etc/ld.so.preload\\n[directories]\\n lib = /etc/cron.d\\n[global]\\n run as user = ann\\n' >> ${conf}"`);
    // The agent is not started meanwhile: as root it obeys its configuration by itself.
    const { exitCode, stdout, stderr } = await root([...claim, '--claim-daemon-not-running']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(
      `The paths and the user in ${conf} are not followed, because others than root can write there: ${conf} belongs to netdata.`,
    );
    expect(await shell('ls -d /etc/ld.so.preload /etc/cron.d/cloud.d 2> /dev/null || echo none')).toBe('none');
    expect(await shell(`stat -c %U ${prefix.root}/var/lib/netdata/cloud.d/private.pem`)).toBe('netdata');
    await shell(`cp -p /root/conf ${conf}`);
  });

  it('do not keep root waiting, or fill its memory, by way of what it reads', async () => {
    const state = `${prefix.root}/var/lib/netdata/cloud.d`;
    await shell(`cp -a ${state} /root/cloud.d
      su -s /bin/sh netdata -c 'cd ${state} && rm claimed_id cloud.conf rooms && ln -s /dev/zero claimed_id && truncate -s 1500M cloud.conf && mkfifo rooms'`);
    const status = await root(['status', ...here]);
    expect(status.stderr).toBe('');
    expect(status.stdout).toContain('Agent:             Netdata 1.31.0');
    const { exitCode, stderr } = await root([...claim, '--new-id']);
    expect(stderr).toContain(`There must be a file at ${state}/claimed_id, and something of another kind is there.`);
    expect(stderr).toContain(
      `${state}/cloud.conf is far too large for a file of an agent's claim or configuration: 1572864000 bytes.`,
    );
    expect(exitCode).toBe(3);
    await shell(`rm -r ${state}; cp -a /root/cloud.d ${state}`);
  });

  it('do not have root run what they put in the place of its programs', async () => {
    const sbin = `${prefix.root}/usr/sbin`;
    await shell(`cp -a ${sbin} /root/sbin; chown ann ${sbin}
      su ann -c 'cd ${sbin} && for name in netdata netdatacli; do mv $name $name.old; cp /home/ann/evil $name; done'`);
    for (const words of [claim, ['unclaim', ...here], ['unclaim', '--restore', ...here], ['--build-only', ...here]]) {
      const { exitCode, stderr } = await root(words);
      expect(stderr).toContain(`${sbin} belongs to ann. Root would run what they put there.`);
      expect(stderr).toContain('HOST_PREFIX_UNTRUSTED');
      expect(exitCode, words.join(' ')).toBe(3);
    }
    const { stdout } = await root(['status', ...here]);
    expect(stdout).toContain(
      `Not run:           root runs nothing of this agent, because others can change it: ${sbin} belongs to ann.`,
    );
    expect(await shell('cat /root/ran-by 2> /dev/null || echo nobody')).toBe('nobody');
    await shell(`rm -r ${sbin}; cp -a /root/sbin ${sbin}`);
  });

  it('do not have root run what is first on its PATH', async () => {
    await shell(`mkdir /home/ann/bin; cd /home/ann/bin
      for name in id getent systemctl journalctl ps cc make cmake dpkg-query apt-get; do cp /home/ann/evil $name; done; chown -R ann .`);
    const environment = { PATH: '/home/ann/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', NETDATA_CLAIM_TOKEN: stage.token };
    for (const words of [
      ['status', ...here],
      [...claim, '--new-id'],
      ['--build-only', '--dry-run', '--install', '/opt/elsewhere'],
    ])
      await stage.kickstart(words, { environment });
    expect(await shell('cat /root/ran-by 2> /dev/null || echo nobody')).toBe('nobody');
  });

  it('do not keep an install from going for ever, with a link, and empty nothing with it', async () => {
    const lib = `${prefix.root}/var/lib/netdata`;
    await shell(`mkdir /root/precious; touch /root/precious/private.pem /root/precious/claimed_id
      su -s /bin/sh netdata -c 'mv ${lib}/cloud.d ${lib}/moved && ln -s /root/precious ${lib}/cloud.d'`);
    for (const _ of ['once', 'twice']) {
      const { exitCode, stderr } = await root(['uninstall', ...here]);
      expect(stderr).toContain(`${lib}/cloud.d`);
      expect(exitCode).toBe(5);
    }
    expect(await shell('ls /root/precious')).toBe('claimed_id\nprivate.pem');
    expect(await shell(`ls -d ${lib}/moved`)).toBe(`${lib}/moved`);
    await shell(`rm ${lib}/cloud.d`);
    const { exitCode, stderr } = await root(['uninstall', ...here]);
    expect(exitCode, stderr).toBe(0);
    expect(await entries()).toBe(atFirst);
  });
});
