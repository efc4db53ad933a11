import type { ReadableSystem } from '../system/system.ts';
import { directoryOf, readIfAllowed } from './allowed-reads.ts';

export interface Resources {
  /** Processors that a build may keep busy, at least 1. */
  cores: number;
  /** Main memory that a build may use at most; 0 when it is not known (not Linux). */
  memoryBytes: number;
}

/** Linux: affinity and MemTotal, cut by every control group above this process, of version 1 or 2. Runs nothing. */
export async function readResources(system: ReadableSystem): Promise<Resources> {
  const [status, meminfo, groupText] = await Promise.all(
    ['/proc/self/status', '/proc/meminfo', '/proc/self/cgroup'].map((path) => readIfAllowed(path, system)),
  );
  const groups = parseGroups(groupText ?? '');
  const [coreLimits, memoryLimits] = await Promise.all([readCoreLimits(groups, system), readMemoryLimits(groups, system)]);
  const cores = countListed(/^Cpus_allowed_list:\s*(\S+)/m.exec(status ?? '')?.[1] ?? '0');
  const memoryBytes = Number(/^MemTotal:\s*(\d+) kB/m.exec(meminfo ?? '')?.[1] ?? 0) * 1024;
  return {
    cores: Math.max(1, Math.floor(Math.min(cores, ...coreLimits))),
    memoryBytes: Math.min(memoryBytes, ...memoryLimits),
  };
}

interface Groups {
  /** Directories of version 2, from this process's group up to the top. */
  unified: readonly string[];
  cpu: readonly string[];
  memory: readonly string[];
}

/** /proc/self/cgroup, lines of "4:memory:/a/b" (version 1) and "0::/a/b" (version 2). Source: cgroups(7). */
function parseGroups(text: string): Groups {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line)?.slice(1) ?? ['none', '/']);
  const directories = (controller: string, mounts: readonly string[]) => {
    const path = lines.find(([names = '']) => names.split(',').includes(controller))?.[1];
    return path === undefined ? [] : mounts.flatMap((mount) => upwards(path).map((part) => `${mount}${part}`));
  };
  return {
    unified: directories('', ['/sys/fs/cgroup']),
    cpu: directories('cpu', ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct']),
    memory: directories('memory', ['/sys/fs/cgroup/memory']),
  };
}

// The top is always among them: in a container the path is often the host's, and the container's own group is mounted at the top.
function upwards(path: string): string[] {
  const clean = path === '/' ? '' : path;
  return clean === '' ? [''] : [clean, ...upwards(directoryOf(clean))];
}

async function readCoreLimits({ unified, cpu }: Groups, system: ReadableSystem): Promise<number[]> {
  const version2 = unified.map(async (directory) => {
    const [quota, period] = (await readIfAllowed(`${directory}/cpu.max`, system))?.trim().split(' ') ?? [];
    return Number(quota) / Number(period);
  });
  const version1 = cpu.map(async (directory) => {
    const files = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) => readIfAllowed(`${directory}/${name}`, system));
    const [quota, period] = await Promise.all(files);
    return Number(quota) / Number(period);
  });
  return (await Promise.all([...version2, ...version1])).filter(isLimit);
}

async function readMemoryLimits({ unified, memory }: Groups, system: ReadableSystem): Promise<number[]> {
  const files = [
    ...unified.flatMap((directory) => [`${directory}/memory.max`]),
    ...memory.map((directory) => `${directory}/memory.limit_in_bytes`),
  ];
  const limits = files.map(async (path) => Number((await readIfAllowed(path, system)) ?? Number.NaN));
  return (await Promise.all(limits)).filter(isLimit);
}

// "max" is NaN here, and version 1 writes -1 for no quota and a huge number for no memory limit, which `min` lets pass.
function isLimit(limit: number): boolean {
  return Number.isFinite(limit) && limit > 0;
}

/** A list of the kernel's, "0-2,5": how many it names. */
function countListed(list: string): number {
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return ranges.reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
}
