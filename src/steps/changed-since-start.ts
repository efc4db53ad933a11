import { readIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { AgentProcess } from './agent-process.ts';

/** Whether one of these files was changed after the agent started, which reads its settings then. False where that cannot be seen. Source: proc_stat(5), proc_pid_stat(5). */
export async function changedSinceStart(
  { startTicks }: Pick<AgentProcess, 'startTicks'>,
  paths: readonly string[],
  system: ReadableSystem,
): Promise<boolean> {
  const booted = Number(/^btime (\d+)$/m.exec((await readIfAllowed('/proc/stat', system)) ?? '')?.[1]);
  if (Number.isNaN(booted)) return false;
  const startedAt = booted * 1000 + Number(startTicks) * MILLISECONDS_PER_TICK;
  const changedAt = await Promise.all(paths.map((path) => system.modifiedAt(path).catch(() => undefined)));
  // The time of the boot has whole seconds.
  return changedAt.some((at) => at !== undefined && at > startedAt + 1000);
}

// What Linux tells programs, whatever its own clock does.
const MILLISECONDS_PER_TICK = 10;
