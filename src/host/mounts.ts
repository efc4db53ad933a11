import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed } from './allowed-reads.ts';

export interface Mount {
  /** Where it is mounted. */
  point: string;
  /** Of the file system: ext4, proc. */
  type: string;
  options: readonly string[];
}

/** The file system that holds a path without links in it; undefined where the kernel does not tell. Source: proc_pid_mounts(5), fstab(5). */
export async function mountOf(path: string, system: ReadableSystem): Promise<Mount | undefined> {
  const mounts = ((await readIfAllowed('/proc/mounts', system)) ?? '').split('\n').filter(Boolean).map(mountOfLine);
  const holding = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`));
  // Of two at one point the later one hides the other; the sort keeps their order.
  return holding.toSorted((one, other) => one.point.length - other.point.length).at(-1);
}

function mountOfLine(line: string): Mount {
  const [, point = '', type = '', options = ''] = line.split(' ').map(plain);
  return { point, type, options: options.split(',') };
}

/** Blanks are written as \040. */
function plain(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
