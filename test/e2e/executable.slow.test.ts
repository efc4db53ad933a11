import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReleaseMirror } from '../../src/standin/release-mirror.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { cacheOnMachine, startThrowawayMachine, type ThrowawayMachine } from '../support/throwaway-machine.ts';
import { type ReleasedKickstart, releaseKickstart } from './released-kickstart.ts';

describe('the single executable, on a machine without Node', () => {
  let release: ReleasedKickstart;
  let machine: ThrowawayMachine;

  beforeAll(async () => {
    release = await releaseKickstart({ executable: true });
    machine = await startThrowawayMachine();
    await machine.run(['sh', '-c', 'while node=$(command -v node); do rm "$node"; done']);
    expect((await machine.run(['sh', '-c', 'command -v node'])).stdout).toBe('');
  });
  afterAll(async () => {
    await machine?.stop();
    await release?.close();
  });

  const oneLine = (words: string, environment = {}) =>
    machine.run(['bash', '-c', `bash <(curl -Ss ${release.url}/kickstart.sh) ${words}`], { environment });

  it('is what the one-line install takes, and knows its version', async () => {
    const before = await machine.changes();
    const { exitCode, stdout, stderr } = await oneLine('--version');
    expect(stderr).toBe(`Downloading kickstart-linux-x64 of kickstart 0.1.0 from ${release.url}.\n`);
    expect(stdout).toBe('kickstart 0.1.0\n');
    expect(exitCode).toBe(0);
    expect(release.requests).toEqual(['kickstart.sh', 'kickstart-linux-x64']);
    expect(await machine.changes()).toEqual(before);
  });

  it('rehearses the whole job: as its own Cloud, and with the stand-in agent that it brings', async () => {
    // What is put into a cache that the user names stays there.
    const changes = async () => (await machine.changes()).filter((entry) => !`/${entry}`.startsWith(cacheOnMachine));
    const before = await changes();
    const { exitCode, stdout } = await oneLine(`rehearse --cache-directory ${cacheOnMachine}`);
    expect(stdout).toContain('Agent was successfully claimed.');
    expect(stdout).toContain('aclk-available: true');
    expect(exitCode).toBe(0);
    expect(await changes()).toEqual(before);
  });

  it('is kept by an install and put on PATH, and takes itself away', async () => {
    const system = createRealSystem({ environment: {} });
    const tree = resolve(import.meta.dirname, '../../src/standin/agent');
    const mirror = await startReleaseMirror({
      host: '127.0.0.1',
      port: 0,
      releases: [{ tag: 'v1.31.0', tree }],
      latest: 'v1.31.0',
    });
    try {
      // The machine shares its network with others, which may have an agent at the usual port.
      const configuration = `[web]\\n    bind to = 127.0.0.1\\n    default port = ${await system.freePort()}\\n`;
      const place = '/opt/x/netdata/etc/netdata';
      await machine.run(['sh', '-c', `mkdir -p ${place} && printf '${configuration}' > ${place}/netdata.conf`]);
      const changes = async () => (await machine.changes()).filter((entry) => !`/${entry}`.startsWith(cacheOnMachine));
      const before = await changes();
      const words = `--install /opt/x --disable-cloud --cache-directory ${cacheOnMachine}`;
      const installed = await oneLine(words, { NETDATA_TARBALL_BASEURL: `${mirror.url}/releases` });
      expect(installed.exitCode, installed.stderr).toBe(0);
      const kept = '/var/lib/kickstart/opt%2Fx%2Fnetdata/program';
      expect((await machine.run(['ls', kept])).stdout).toBe('kickstart-linux-x64\n');
      expect(await machine.run(['kickstart', '--version'])).toEqual({ exitCode: 0, stdout: 'kickstart 0.1.0\n', stderr: '' });
      const removed = await machine.run(['kickstart', 'uninstall', '--install', '/opt/x']);
      expect(removed).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await changes()).toEqual(before);
    } finally {
      await mirror.close();
    }
  });
});
