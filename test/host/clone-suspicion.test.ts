import { describe, expect, it } from 'vitest';
import { cloneSuspicion } from '../../src/host/clone-suspicion.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const settings = { registryFile: '/r/guid', claimDirectory: '/c' };
const made = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
const random = '8f9a0e3a-1111-4222-8333-123456789abc';

function suspicion(files: Record<string, string>) {
  const card = { '/sys/class/net/eth0/address': '02:FC:00:00:00:01\n', '/sys/class/net/lo/address': '00:00:00:00:00:00\n' };
  return cloneSuspicion(settings, createFakeSystem({ files: { '/proc/sys/kernel/hostname': 'here\n', ...card, ...files } }));
}

describe('a machine may be a copy', () => {
  it('when its GUID was made with a network card that it does not have', async () => {
    const text = await suspicion({ '/r/guid': made, '/sys/class/net/eth0/address': '02:fc:00:00:00:99\n' });
    expect(text).toContain('made with the network card 02:fc:00:00:00:01, which this machine does not have');
  });

  it('when its claim names another GUID', async () => {
    const text = await suspicion({ '/r/guid': random, '/c/cloud.conf': `[global]\n machine_guid = ${made}\n` });
    expect(text).toContain(`The claim that is here was made for the machine GUID ${made}, and this machine has ${random}`);
  });

  it('when its claim was made under another name', async () => {
    const text = await suspicion({ '/r/guid': random, '/c/cloud.conf': '[global]\n hostname = template\n' });
    expect(text).toContain('made when this machine was called template');
  });
});

describe('nothing speaks for a copy', () => {
  it.each([
    ['where the card is here', { '/r/guid': `${made.toUpperCase()}\n` }],
    ['where the GUID is random', { '/r/guid': random }],
    ['where the GUID has a random number in the place of a card', { '/r/guid': '1d39de1a-e4ce-11f1-aeea-03fc00000001' }],
    ['where there is no GUID', {}],
    [
      'where the claim names this machine',
      { '/r/guid': random, '/c/cloud.conf': `[global]\n machine_guid = ${random}\n hostname = here\n` },
    ],
  ])('%s', async (_what, files) => {
    expect(await suspicion(files as Record<string, string>)).toBeUndefined();
  });
});
