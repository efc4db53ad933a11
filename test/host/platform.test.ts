import { describe, expect, test } from 'vitest';
import { readPlatform } from '../../src/host/platform.ts';
import { debianMachine } from '../support/debian-machine.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

describe('the platform', () => {
  test('of a Debian machine is Linux on glibc, in no container', async () => {
    expect(await readPlatform(createFakeSystem(debianMachine()))).toEqual({
      kernel: 'Linux',
      kernelVersion: '6.1.0-18-amd64',
      architecture: 'x86_64',
      libc: { kind: 'glibc', version: '2.36' },
      container: undefined,
      wsl: false,
    });
  });

  test('has musl when this process has no glibc and the loader is there', async () => {
    const system = createFakeSystem({
      platform: { kernel: 'Linux', kernelVersion: '6.12.1-0-virt', architecture: 'aarch64' },
      files: { '/lib/ld-musl-aarch64.so.1': '' },
      commands: [
        {
          program: '/lib/ld-musl-aarch64.so.1',
          result: { exitCode: 1, stderr: 'musl libc (aarch64)\nVersion 1.2.5\nUsage: x\n' },
        },
      ],
    });
    expect(await readPlatform(system)).toMatchObject({ architecture: 'aarch64', libc: { kind: 'musl', version: '1.2.5' } });
  });

  test('has glibc where the musl package is only installed beside it', async () => {
    const system = createFakeSystem(debianMachine({ files: { '/lib/ld-musl-x86_64.so.1': '' } }));
    expect((await readPlatform(system)).libc).toEqual({ kind: 'glibc', version: '2.36' });
  });

  test('has a libc that is unknown when nothing tells', async () => {
    const system = createFakeSystem({ platform: { kernel: 'Darwin', kernelVersion: '25.1.0', architecture: 'arm64' } });
    expect(await readPlatform(system)).toMatchObject({ kernel: 'Darwin', architecture: 'arm64', libc: { kind: 'unknown' } });
  });

  test('is WSL when the kernel says so, and that is no container', async () => {
    const platform = { kernel: 'Linux', kernelVersion: '5.15.153.1-microsoft-standard-WSL2', architecture: 'x86_64' };
    const system = createFakeSystem(debianMachine({ files: { '/run/systemd/container': 'wsl\n' }, platform }));
    expect(await readPlatform(system)).toMatchObject({ wsl: true, container: undefined });
  });
});

describe('a container', () => {
  test.each<[string, FakeSystemOptions['files'], string]>([
    ['the mark of docker', { '/.dockerenv': '' }, 'docker'],
    ['the mark of podman', { '/run/.containerenv': 'engine="podman"\n' }, 'podman'],
    ['what systemd found out', { '/run/systemd/container': 'systemd-nspawn\n' }, 'systemd-nspawn'],
    ['what systemd found out, by a newer name', { '/run/systemd/container': 'rkt\n' }, 'other'],
    ['the environment of process 1', { '/proc/1/environ': 'PATH=/bin\0container=lxc\0' }, 'lxc'],
    ['both marks, as podman with docker compatibility makes them', { '/.dockerenv': '', '/run/.containerenv': '' }, 'podman'],
    ['the control group of docker', { '/proc/1/cgroup': '4:memory:/docker/0123abcd\n' }, 'docker'],
    ['the control group of docker under systemd', { '/proc/1/cgroup': '0::/system.slice/docker-0123abcd.scope\n' }, 'docker'],
    ['the control group of podman', { '/proc/1/cgroup': '0::/machine.slice/libpod-0123.scope\n' }, 'podman'],
    ['the control group of lxc', { '/proc/1/cgroup': '0::/lxc.payload.c1/init.scope\n' }, 'lxc'],
    ['the control group of kubernetes', { '/proc/1/cgroup': '0::/kubepods.slice/pod1\n', '/.dockerenv': '' }, 'kubernetes'],
    [
      'the service account of kubernetes',
      { '/var/run/secrets/kubernetes.io': { directory: true }, '/.dockerenv': '' },
      'kubernetes',
    ],
    ['the environment of a pod', { '/proc/1/environ': 'KUBERNETES_SERVICE_HOST=10.0.0.1\0' }, 'kubernetes'],
  ])('is known by %s', async (_, files, container) => {
    const system = createFakeSystem(debianMachine({ files: { ...files } }));
    expect((await readPlatform(system)).container).toBe(container);
  });

  test('is not seen in a machine that runs docker', async () => {
    const system = createFakeSystem(
      debianMachine({ files: { '/proc/1/cgroup': '0::/init.scope\n', '/var/lib/docker': { directory: true } } }),
    );
    expect((await readPlatform(system)).container).toBeUndefined();
  });

  test('does not matter when the environment of process 1 is hidden from this user', async () => {
    const system = createFakeSystem(debianMachine({ files: { '/.dockerenv': '' } }));
    const hidden = { ...system, readFile: (path: string) => (path === '/proc/1/environ' ? denied(path) : system.readFile(path)) };
    expect((await readPlatform(hidden)).container).toBe('docker');
  });
});

function denied(path: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES' }));
}
