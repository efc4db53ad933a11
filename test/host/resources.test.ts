import { describe, expect, test } from 'vitest';
import { readResources } from '../../src/host/resources.ts';
import { debianMachine } from '../support/debian-machine.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const gibibyte = 1024 ** 3;

describe('cores and memory', () => {
  test.each<[string, FakeSystemOptions['files'], number, number]>([
    ['are those of the machine without limits', {}, 2, 4 * gibibyte],
    [
      'respect the processors this process may use',
      { '/proc/self/status': 'Cpus_allowed_list:\t0-3,8,10-11\n' },
      7,
      4 * gibibyte,
    ],
    [
      'respect limits of control groups version 2',
      { '/sys/fs/cgroup/user.slice/cpu.max': '100000 100000\n', '/sys/fs/cgroup/user.slice/memory.max': '1073741824\n' },
      1,
      gibibyte,
    ],
    [
      'pass over "max"',
      { '/sys/fs/cgroup/user.slice/cpu.max': 'max 100000\n', '/sys/fs/cgroup/user.slice/memory.max': 'max\n' },
      2,
      4 * gibibyte,
    ],
    [
      'respect the smallest limit on the way up',
      {
        '/proc/self/cgroup': '0::/a/b/c\n',
        '/proc/self/status': 'Cpus_allowed_list:\t0-15\n',
        '/sys/fs/cgroup/a/b/c/cpu.max': '800000 100000\n',
        '/sys/fs/cgroup/a/cpu.max': '350000 100000\n',
        '/sys/fs/cgroup/a/b/memory.max': '2147483648\n',
        '/sys/fs/cgroup/memory.max': '3221225472\n',
      },
      3,
      2 * gibibyte,
    ],
    [
      'respect limits of version 1',
      {
        '/proc/self/cgroup': '9:name=systemd:/\n4:memory:/job\n1:cpu,cpuacct:/job\n0::/\n',
        '/sys/fs/cgroup/memory/job/memory.limit_in_bytes': '536870912\n',
        '/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '50000\n',
        '/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000\n',
      },
      1,
      gibibyte / 2,
    ],
    [
      'find the limits of a container at the top, where its own group is mounted',
      {
        '/proc/self/cgroup': '4:memory:/docker/0123\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '1073741824\n',
      },
      2,
      gibibyte,
    ],
    [
      'pass over what version 1 writes for no limit',
      {
        '/proc/self/cgroup': '4:memory:/\n1:cpu:/\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      2,
      4 * gibibyte,
    ],
  ])('%s', async (_, files, cores, memoryBytes) => {
    const system = createFakeSystem(debianMachine({ files: { ...files } }));
    expect(await readResources(system)).toEqual({ cores, memoryBytes });
    expect(system.commandsGiven).toEqual([]);
  });

  test('are one core and unknown memory where there is no /proc', async () => {
    expect(await readResources(createFakeSystem())).toEqual({ cores: 1, memoryBytes: 0 });
  });
});
