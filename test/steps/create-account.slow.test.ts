import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkoutOnMachine,
  nodeOnMachine,
  startThrowawayMachine,
  type ThrowawayMachine,
  throwawayMachineRefusal,
} from '../support/throwaway-machine.ts';

const refusal = await throwawayMachineRefusal();
if (refusal !== undefined) console.warn(`SKIPPED: real accounts need root and an overlay over /. ${refusal}`);

const step = {
  kind: 'create-account',
  user: 'ks-agent',
  home: '/var/lib/ks-agent',
  stateDirectory: '/var/lib/kickstart/ks-agent',
};
const databases = 'cat /etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid; ls -d /var/lib/ks-agent || true';

describe.skipIf(refusal !== undefined)('a user made by the real useradd', () => {
  let machine: ThrowawayMachine;

  beforeAll(async () => {
    machine = await startThrowawayMachine();
  });

  afterAll(() => machine.stop());

  it('is a system user without a login or a home, and goes without a trace', async () => {
    const before = await shell(databases);
    const undo = (await part('inspect', step)).result;
    await part('run', step);
    expect(await shell('getent passwd ks-agent')).toMatch(/^ks-agent:x:\d{3}:\d{3}::\/var\/lib\/ks-agent:\/usr\/sbin\/nologin$/m);
    expect(await shell('id -gn ks-agent')).toBe('ks-agent\n');
    expect(await shell('ls -d /var/lib/ks-agent || true')).toBe('');
    expect((await part('inspect', step)).result).toBeUndefined();
    for (const _ of [1, 2]) expect((await part('undo', undo)).said).toEqual([]);
    expect(await shell(databases)).toBe(before);
  });

  async function part(name: 'inspect' | 'run' | 'undo', given: unknown) {
    const words = [`${checkoutOnMachine}/test/support/run-step.ts`, 'create-account', name, JSON.stringify(given)];
    const { exitCode, stdout, stderr } = await machine.run([nodeOnMachine, ...words]);
    if (exitCode !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  async function shell(script: string): Promise<string> {
    return (await machine.run(['sh', '-c', script])).stdout;
  }
});
