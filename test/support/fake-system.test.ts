import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/system/secret.ts';
import { createFakeSystem } from './fake-system.ts';

describe('the fake System', () => {
  test('shows files, directories, links and processes, and hides secrets', async () => {
    const system = createFakeSystem({
      files: { '/etc/a.conf': 'a = 1\n', '/usr/lib': { directory: true }, '/lib': { link: 'usr/lib' } },
    });
    await system.writeFile('/lib/token', new Secret('s3cret'), { mode: 0o600, owner: { userId: 7, groupId: 8 } });
    expect(system.tree()).toEqual({
      '/etc': 'directory 0755 0:0',
      '/etc/a.conf': 'file 0644 0:0 "a = 1\\n"',
      '/lib': 'link -> usr/lib',
      '/usr': 'directory 0755 0:0',
      '/usr/lib': 'directory 0755 0:0',
      '/usr/lib/token': 'file 0600 7:8 [hidden]',
    });
    expect(system.readText('/usr/lib/token')).toBe('s3cret');
  });

  test('throws on a command and a request that nobody scripted, and names them', async () => {
    const system = createFakeSystem();
    await expect(system.run({ program: 'useradd', arguments: ['netdata'] })).rejects.toThrow('run: useradd netdata');
    await expect(system.get({ url: 'http://127.0.0.1/x' })).rejects.toThrow('get: GET http://127.0.0.1/x');
  });

  test('runs scripted commands with their effects, and throws for an exit code', async () => {
    const system = createFakeSystem({
      commands: [
        { program: 'make', arguments: ['all'], effect: (on) => on.writeFile('/out', 'built', { mode: 0o755 }) },
        { program: 'make', result: { exitCode: 2, stderr: 'no rule' } },
      ],
    });
    await system.run({ program: 'make', arguments: ['all'] });
    expect(system.readText('/out')).toBe('built');
    await expect(system.run({ program: 'make', arguments: ['none'] })).rejects.toThrow('no rule');
    expect((await system.query({ program: 'make', arguments: ['none'] })).exitCode).toBe(2);
  });

  test('keeps the rules of a file system', async () => {
    const system = createFakeSystem({ files: { '/a/b': 'x' }, owner: { userId: 5, groupId: 5 } });
    await expect(system.writeFile('/a/c', '', { mode: 0o600 })).rejects.toMatchObject({ code: 'EACCES' });
    const root = createFakeSystem({ files: { '/a/b': 'x' } });
    await expect(root.writeFile('/none/c', '', { mode: 0o600 })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(root.createDirectory('/a/b', { mode: 0o755 })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await root.removeEmptyDirectory('/a')).toBe(false);
    await root.rename('/a', '/z');
    expect(Object.keys(root.tree())).toEqual(['/z', '/z/b']);
    await root.appendLine('/z/log', 'one');
    root.place('/z/log', 'one\ntor');
    await root.appendLine('/z/log', 'two');
    expect(root.readText('/z/log')).toBe('one\ntwo\n');
  });

  test('ends a process when it gets a signal', async () => {
    const system = createFakeSystem({ commands: [{ program: '/x/netdata' }] });
    const processId = await system.startProcess({ program: '/x/netdata', arguments: ['-D'], logPath: '/x/log' });
    expect(system.tree()).toEqual({ 'process 1': '/x/netdata -D' });
    expect(system.readText(`/proc/${processId}/cmdline`)).toBe('/x/netdata\0-D\0');
    await system.signalProcess(processId, 'SIGTERM');
    expect(system.tree()).toEqual({});
  });
});
