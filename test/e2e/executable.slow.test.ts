import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  const oneLine = (words: string) => machine.run(['bash', '-c', `bash <(curl -Ss ${release.url}/kickstart.sh) ${words}`]);

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
});
