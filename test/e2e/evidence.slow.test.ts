import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type E2eStage, openStage, type Prefix } from './stage.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

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
});
