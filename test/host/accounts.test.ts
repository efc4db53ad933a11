import { expect, it } from 'vitest';
import { findAccount, findGroup, ownerFor } from '../../src/host/accounts.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const files = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n+netdata::::::\nnetdata:x:201:202::/var/lib/netdata:/bin/false\n',
  '/etc/group': 'root:x:0:\nnetdata:x:202:\ndocker:x:150:alice,netdata\n',
};

it('finds a user in /etc/passwd without running anything', async () => {
  const system = createFakeSystem({ files });
  expect(await findAccount('netdata', system)).toEqual({ name: 'netdata', userId: 201, groupId: 202, home: '/var/lib/netdata' });
});

it('finds a group with its members', async () => {
  const system = createFakeSystem({ files });
  expect(await findGroup('docker', system)).toEqual({ name: 'docker', groupId: 150, members: ['alice', 'netdata'] });
  expect(await findGroup('netdata', system)).toEqual({ name: 'netdata', groupId: 202, members: [] });
});

it('asks the name services for a user that is not in /etc/passwd', async () => {
  const answer = { stdout: 'alice:*:5001:5000:Alice:/home/alice:/bin/sh\n' };
  const system = createFakeSystem({ files, commands: [{ program: 'getent', arguments: ['passwd', 'alice'], result: answer }] });
  expect(await findAccount('alice', system)).toMatchObject({ userId: 5001, groupId: 5000 });
});

it('finds nobody on a machine without name services', async () => {
  const system = createFakeSystem({ commands: [{ program: 'getent', result: { exitCode: 127 } }] });
  expect(await findAccount('netdata', system)).toBeUndefined();
  expect(await findGroup('netdata', system)).toBeUndefined();
});

it('does not ask who a user is when only root could give it a file', async () => {
  const system = createFakeSystem({ owner: { userId: 1000, groupId: 1000 } });
  expect(await ownerFor('netdata', system)).toEqual({ userId: 1000, groupId: 1000 });
});
