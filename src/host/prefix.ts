import type { ReadableSystem } from '../system/system.ts';
import { canonicalPath, directoryOf, statIfAllowed } from './allowed-reads.ts';
import { type Mount, mountOf } from './mounts.ts';

export interface Prefix {
  /** The nearest path at or above the root that exists. */
  prefixNearest: string;
  /** Whether it is a directory that this user can write, on a file system that can be written. */
  prefixWritable: boolean;
}

/** For an install into the system, whose root is the empty string, /usr is asked: it is what immutable systems lock, and / tells nothing. */
export async function readPrefix(root: string, system: ReadableSystem): Promise<Prefix> {
  const prefixNearest = await nearest(root === '' ? '/usr' : root, system);
  const canonical = await canonicalPath(prefixNearest, system);
  const target = await statIfAllowed(canonical, system);
  const holdsFiles = target?.kind === 'directory' && !isOfKernel(await mountOf(canonical, system));
  return { prefixNearest, prefixWritable: holdsFiles && (await system.canWrite(prefixNearest)) };
}

/** Whether it is a file system that shows the kernel: such a one says that root may write, and then keeps no file. */
export function isOfKernel(mount: Mount | undefined): boolean {
  return kernelFileSystems.has(mount?.type ?? '');
}

const kernelFileSystems: ReadonlySet<string> = new Set(
  'proc sysfs cgroup cgroup2 devtmpfs devpts debugfs tracefs securityfs configfs pstore bpf mqueue hugetlbfs efivarfs'.split(' '),
);

async function nearest(path: string, system: ReadableSystem): Promise<string> {
  if (path === '') return '/';
  return (await statIfAllowed(path, system)) ? path : nearest(directoryOf(path), system);
}
