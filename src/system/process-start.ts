import type { ReadableSystem } from './system.ts';

/**
 * When a process was started, in clock ticks since boot: with its id it names one process for ever. Undefined when it has ended, and when it cannot
 * be seen from here. Source: proc_pid_stat(5), field 22.
 */
export async function startTicksOf(processId: number, system: ReadableSystem): Promise<string | undefined> {
  const stat = await system.readFile(`/proc/${processId}/stat`).catch(undefinedIfUnseen);
  // Counted from field 3: the program's name before it is in brackets, and may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state = ''] = fields;
  // Z and X have ended; Z only waits for its parent to notice.
  return ['', 'Z', 'X'].includes(state) ? undefined : fields[22 - 3];
}

// It ends while it is read, or /proc shows other users' processes by name only (hidepid=1).
function undefinedIfUnseen(error: NodeJS.ErrnoException): undefined {
  if (['ESRCH', 'EACCES', 'EPERM'].includes(error.code ?? '')) return undefined;
  throw error;
}
