import { describe, expect, test } from 'vitest';
import { builderUsers } from '../../src/host/builder.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const work = '/var/cache/kickstart/work';
const block = (first: number) => [0, 1, 2, 3, 4, 5, 6, 7].map((index) => first + index);
const nobodyHas = (first: number) => ({
  ...{ program: 'getent', arguments: ['passwd', ...block(first).map(String)], result: { exitCode: 2 } },
});

function machine(more: FakeSystemOptions = {}) {
  return createFakeSystem({ ...more, files: { '/var/cache': { directory: true }, '/proc/1/stat': '', ...more.files } });
}

async function numbers(options: FakeSystemOptions = {}, workDirectory = work): Promise<readonly number[]> {
  const builders = await builderUsers(workDirectory, machine(options));
  for (const { userId, groupId } of builders) expect(groupId).toBe(userId);
  return builders.map(({ userId }) => userId);
}

describe('the users that compilers run as', () => {
  test('are numbers that nobody has, and that are neither of regular users nor of the services of systemd', async () => {
    expect(await numbers({ commands: [nobodyHas(60578)] })).toEqual(block(60578));
    // The last block: 61178 and more would follow.
    const last = { files: { '/proc/self': { link: '74' } }, commands: [nobodyHas(61170)] };
    expect(await numbers(last)).toEqual([61170, 61171, 61172, 61173, 61174, 61175, 61176, 61177]);
  });

  test('are no users or groups of the account files, and none that a process runs as', async () => {
    const files = {
      '/etc/passwd': 'root:x:0:0:::\nservice:x:60578:70000:::\n',
      '/etc/group': 'root:x:0:\nothers:x:60587:\n',
      '/proc/77': { directory: true, owner: { userId: 60601, groupId: 60601 } },
    } as const;
    expect(await numbers({ files, commands: [nobodyHas(60602)] })).toEqual(block(60602));
  });

  test('are no accounts of the name services', async () => {
    const known = { ...nobodyHas(60578), result: { exitCode: 2, stdout: 'ada:x:60580:60580:::\n' } };
    expect(await numbers({ commands: [known, nobodyHas(60586)] })).toEqual(block(60586));
  });

  test('are others for two kickstarts at once', async () => {
    const commands = [nobodyHas(60578 + 8 * 10), nobodyHas(60578 + 8 * 11)];
    expect(await numbers({ files: { '/proc/self': { link: '1510' } }, commands })).toEqual(block(60658));
    expect(await numbers({ files: { '/proc/self': { link: '1511' } }, commands })).toEqual(block(60666));
  });

  test('are not those whose files lie in the scratch space of another run, though nothing of them runs just now', async () => {
    const files = { [`${work}-one/openssl`]: { directory: true, owner: { userId: 60579, groupId: 60579 } } } as const;
    expect(await numbers({ files, commands: [nobodyHas(60586)] })).toEqual(block(60586));
  });

  test('are none where the user namespace has no such numbers', async () => {
    expect(await numbers({ files: { '/proc/self/uid_map': '         0     100000      60000\n' } })).toEqual([]);
  });

  test('are none where others cannot reach the work directory', async () => {
    const files = { '/root': { directory: true, mode: 0o700 } } as const;
    expect(await numbers({ files }, '/root/.cache/kickstart/work')).toEqual([]);
  });

  test('are none for a user who is not root', async () => {
    expect(await numbers({ owner: { userId: 1000, groupId: 1000 } })).toEqual([]);
  });
});
