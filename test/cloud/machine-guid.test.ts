import { describe, expect, it } from 'vitest';
import { machineGuid, readMachineGuid, writeMachineGuid } from '../../src/cloud/machine-guid.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const guid = '1d39de1a-e4ce-11f1-aeea-02fc00000001';

describe('the machine GUID', () => {
  it('is read in lower case and without a hand-made newline', () => {
    expect(machineGuid(`${guid.toUpperCase()}\n`)).toBe(guid);
  });

  it.each([
    undefined,
    '',
    'no guid',
    '8a795b0c-2311-11e6-8563-000c295076a6',
    '4aed1458-1c3e-11e6-a53f-000c290fc8f5',
    '11111111-2222-11e6-a53f-0242ac110002',
  ])('is not %s', (text) => {
    expect(machineGuid(text)).toBeUndefined();
  });

  it('is written with 36 characters and no newline', async () => {
    const system = createFakeSystem({ files: { '/r/other': '' } });
    await writeMachineGuid('/r/guid', { userId: 7, groupId: 7 }, system);
    expect(await system.readFile('/r/guid')).toBe('00000000-0000-4000-8000-000000000001');
  });

  it('says the sentence that users search for when it cannot be written', async () => {
    const system = createFakeSystem({ readOnly: ['/none'] });
    await expect(writeMachineGuid('/none/guid', { userId: 7, groupId: 7 }, system)).rejects.toMatchObject({
      code: 'CLAIM_MACHINE_GUID',
      what: 'Failed to write new machine GUID. Please make sure you have rights to write to /none/guid.',
    });
  });

  it('says the sentence that users search for when it may not be read', async () => {
    const locked = { ...createFakeSystem({}), readFile: () => Promise.reject(new Error('EACCES: permission denied')) };
    await expect(readMachineGuid('/r/guid', locked)).rejects.toMatchObject({
      code: 'CLAIM_MACHINE_GUID',
      what: 'netdata.public.unique.id is not readable. Please make sure you have rights to read it (Filename: /r/guid).',
    });
    expect(await readMachineGuid('/r/guid', createFakeSystem({ files: { '/r/guid': `${guid}\n` } }))).toBe(guid);
  });
});
