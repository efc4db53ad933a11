import type { ReadableSystem } from '../system/system.ts';

/** Names one holder for ever: process id, its start in clock ticks since boot, and a random part, because one process holds many locks. */
export async function newLockOwner(system: ReadableSystem): Promise<string> {
  const stat = await system.readFile('/proc/self/stat');
  const processId = stat?.split(' ', 1)[0] || 'unknown';
  return `${processId}-${startTicks(stat) ?? 'unknown'}-${system.randomUuid().slice(-12)}`;
}

/** The process id of a holder that is alive; undefined when it is not, or when it cannot be seen from here (another container or machine). */
export async function livingOwner(owner: string, system: ReadableSystem): Promise<number | undefined> {
  const [processId = '', start] = owner.split('-');
  if (!/^\d+$/.test(processId)) return undefined;
  return startTicks(await readStat(processId, system)) === start ? Number(processId) : undefined;
}

async function readStat(processId: string, system: ReadableSystem): Promise<string | undefined> {
  try {
    return await system.readFile(`/proc/${processId}/stat`);
  } catch (error) {
    // It ended while it was read. The cast: errors of files are Node's, and have a code.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
    throw error;
  }
}

// Field 22 of proc_pid_stat(5), counted from field 3: the name in brackets before it may hold anything. Z and X have ended.
function startTicks(stat: string | undefined): string | undefined {
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[22 - 3];
}
