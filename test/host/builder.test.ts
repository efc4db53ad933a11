import { describe, expect, test } from 'vitest';
import { builderUser } from '../../src/host/builder.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const work = '/var/cache/kickstart/work';
const nobodyHas = (id: number) => ({ program: 'getent', arguments: ['passwd', String(id)], result: { exitCode: 2 } });

function machine(more: FakeSystemOptions = {}) {
  return createFakeSystem({ ...more, files: { '/var/cache': { directory: true }, '/proc/1/stat': '', ...more.files } });
}

describe('the user that compilers run as', () => {
  test('is a number that nobody has', async () => {
    expect(await builderUser(work, machine({ commands: [nobodyHas(61184)] }))).toEqual({ userId: 61184, groupId: 61184 });
  });

  test('is no user or group of the account files, and none that a process runs as', async () => {
    const system = machine({
      files: {
        '/etc/passwd': 'root:x:0:0:::\nservice:x:61184:70000:::\n',
        '/etc/group': 'root:x:0:\nothers:x:61185:\n',
        '/proc/77': { directory: true, owner: { userId: 61186, groupId: 61186 } },
      },
      commands: [nobodyHas(61187)],
    });
    expect(await builderUser(work, system)).toEqual({ userId: 61187, groupId: 61187 });
  });

  test('is no account of the name services', async () => {
    const known = { program: 'getent', arguments: ['passwd', '61184'], result: { stdout: 'ada:x:61184:61184:::\n' } };
    expect(await builderUser(work, machine({ commands: [known, nobodyHas(61185)] }))).toEqual({ userId: 61185, groupId: 61185 });
  });

  test('is none where the user namespace has no such numbers', async () => {
    expect(
      await builderUser(work, machine({ files: { '/proc/self/uid_map': '         0     100000      60000\n' } })),
    ).toBeUndefined();
  });

  test('is none where others cannot reach the work directory', async () => {
    const system = machine({ files: { '/root': { directory: true, mode: 0o700 } } });
    expect(await builderUser('/root/.cache/kickstart/work', system)).toBeUndefined();
  });

  test('is none for a user who is not root', async () => {
    expect(await builderUser(work, machine({ owner: { userId: 1000, groupId: 1000 } }))).toBeUndefined();
  });
});
