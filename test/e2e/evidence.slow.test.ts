import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type E2eStage, openStage, type Prefix } from './stage.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

const node = '/usr/local/lib/kickstart-under-test/node';

// One agent for all; each test goes on where the one before it ended.
describe.skipIf(refusal !== undefined)(`whom kickstart believes${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let stage: E2eStage;
  let prefix: Prefix;
  let here: readonly string[];

  beforeAll(async () => {
    stage = await openStage();
    prefix = await stage.newPrefix();
    here = ['--install', prefix.path];
    // The agent's link trusts the machine's certificates, however it was started.
    await shell(`cp ${stage.caFile} /etc/ssl/certs/of-the-test.pem
      ln -s of-the-test.pem /etc/ssl/certs/$(openssl x509 -hash -noout -in ${stage.caFile}).0
      useradd --uid 2001 --create-home ann`);
    const installed = await stage.kickstart(['--build-only', '--require-cloud', ...here]);
    expect(installed.exitCode, installed.stderr).toBe(0);
  });
  afterAll(() => stage?.close());

  async function shell(script: string): Promise<string> {
    const { exitCode, stdout, stderr } = await stage.machine.run(['sh', '-c', `set -e\n${script}`]);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}${stdout}`);
    return stdout.trim();
  }

  const program = () => `${prefix.root}/usr/sbin/netdata`;
  const settings = () => `${prefix.root}/etc/netdata/netdata.conf`;
  const claim = (...words: string[]) =>
    stage.kickstart(['claim', ...here, '--claim-url', stage.cloud.url, '--ca-file', stage.caFile, ...words], {
      environment: { NETDATA_CLAIM_TOKEN: stage.token },
    });
  const status = async () => {
    const { exitCode, stdout } = await stage.kickstart(['status', ...here, '--json']);
    return { exitCode, ...JSON.parse(stdout) };
  };
  const stop = () =>
    shell(`for exe in /proc/[0-9]*/exe; do
        [ "$(readlink "$exe")" = ${program()} ] || continue
        id=\${exe#/proc/}; id=\${id%/exe}; kill "$id"
        while readlink "$exe" > /dev/null; do sleep 0.1; done
      done`);
  const bindTo = (value: string) => shell(`printf '[web]\\n    bind to = ${value}\\n' > ${settings()}`);

  it.each(['127.0.0.2', '[::1]', '127.0.0.2=dashboard|registry'])(
    'an agent that listens at %s only, and that it is online',
    async (address) => {
      const [host, permissions] = address.split('=');
      await stop();
      await bindTo(`${host}:${prefix.port}${permissions === undefined ? '' : `=${permissions}`}`);
      const again = await stage.kickstart(here);
      expect(again.exitCode, again.stderr).toBe(0);
      const claimed = await claim('--claim-rooms', stage.rooms.slice(0, 1).join(','));
      expect(claimed.exitCode, claimed.stderr).toBe(0);
      expect(await status()).toMatchObject({ exitCode: 0, agent: { state: 'running' }, link: { state: 'online' } });
    },
  );

  it('nobody who answers in the place of a stopped agent, with its own ids, neither for the status nor for a claim', async () => {
    await stop();
    await bindTo(`127.0.0.1:${prefix.port}`);
    const info = {
      version: 'v1.31.0',
      'cloud-enabled': true,
      'cloud-available': true,
      'agent-claimed': true,
      'aclk-available': true,
    };
    await shell(`mkdir -p /srv/fake/api/v1
      uid=$(cat ${prefix.root}/var/lib/netdata/registry/netdata.public.unique.id)
      printf '%s' '${JSON.stringify(info).slice(0, -1)}' > /srv/fake/api/v1/info
      printf ',"uid":"%s"}' "$uid" >> /srv/fake/api/v1/info; chmod -R a+rX /srv/fake
      cat > /srv/fake/server.cjs <<'EOT'
const body = require('node:fs').readFileSync('/srv/fake/api/v1/info');
require('node:http').createServer((_, answer) => answer.end(body)).listen(${prefix.port}, '127.0.0.1');
EOT
      setsid setpriv --reuid 2001 --regid 2001 --clear-groups ${node} /srv/fake/server.cjs > /dev/null 2>&1 &
      sleep 2`);
    const seen = await status();
    expect(seen).toMatchObject({
      exitCode: 6,
      agent: { state: 'stopped' },
      link: { state: 'offline' },
      firstFailing: { code: 'LINK_AGENT_STOPPED' },
    });
    expect(seen.firstFailing.seen).toMatch(
      /127\.0\.0\.1:\d+ is held by \S+ \(process \d+, user ann\), which is not this agent\.$/,
    );
    expect((await claim('--claim-rooms', stage.rooms.slice(1, 2).join(','), '--wait-seconds', '3')).exitCode).not.toBe(0);
    const other = await stage.newPrefix();
    await shell(`printf '[web]\\n    default port = ${prefix.port}\\n' > ${other.root}/etc/netdata/netdata.conf`);
    const refused = await stage.kickstart(['--build-only', '--install', other.path]);
    expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('HOST_PORT_BUSY') });
  });
});
