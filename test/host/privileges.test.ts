import { describe, expect, test } from 'vitest';
import { readPrivileges, userNameOf } from '../../src/host/privileges.ts';
import { debianMachine, programs } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const searchPath = ['/usr/bin', '/opt/tools/bin'];

describe('privileges', () => {
  test('root needs no way to become root', async () => {
    const system = createFakeSystem(debianMachine({ files: programs('/usr/bin', ['sudo']) }));
    expect(await readPrivileges(searchPath, system)).toEqual({ userId: 0, groupId: 0, userName: 'root', isRoot: true });
  });

  test.each([
    [['doas', 'sudo', 'pkexec'], 'sudo'],
    [['pkexec', 'doas'], 'doas'],
    [['pkexec'], 'pkexec'],
  ])('a user with %j becomes root with %s', async (names, elevateWith) => {
    const owner = { userId: 1000, groupId: 1000 };
    const system = createFakeSystem(debianMachine({ owner, files: programs('/opt/tools/bin', names) }));
    expect(await readPrivileges(searchPath, system)).toEqual({ ...owner, userName: 'ada', isRoot: false, elevateWith });
  });

  test('a user without any of them cannot become root', async () => {
    const system = createFakeSystem(debianMachine({ owner: { userId: 1000, groupId: 1000 } }));
    expect(await readPrivileges(searchPath, system)).not.toHaveProperty('elevateWith');
  });

  test('a file that cannot be executed is no way to become root', async () => {
    const system = createFakeSystem(
      debianMachine({ owner: { userId: 1000, groupId: 1000 }, files: { '/usr/bin/sudo': 'text' } }),
    );
    expect(await readPrivileges(searchPath, system)).not.toHaveProperty('elevateWith');
  });
});

describe('the name of a user', () => {
  test('that is not in /etc/passwd comes from the name services', async () => {
    const id = { program: 'id', arguments: ['-un', '70001'], result: { stdout: 'grace\n' } };
    expect(await userNameOf(70001, createFakeSystem({ commands: [id] }))).toBe('grace');
  });

  test('that nobody knows is its number', async () => {
    const id = { program: 'id', result: { exitCode: 1, stderr: 'id: no such user\n' } };
    expect(await userNameOf(70001, createFakeSystem({ commands: [id] }))).toBe('70001');
  });
});
