import { readAgentFile, readIfAllowed, undefinedIfGone } from '../host/allowed-reads.ts';
import type { ServiceDescription } from '../host/service-managers.ts';
import { startTicksOf } from '../system/process-start.ts';
import type { ReadableSystem, System } from '../system/system.ts';

/** What is kept of a process that kickstart started. Without `process` it was being started or stopped: the mark finds it. */
export interface ProcessRecord {
  /** A random value in the environment of the process, so that it can be told from every other one. */
  mark: string;
  process?: { processId: number; startTicks: string };
}

/** The environment variable that carries the mark. */
export const MARK_VARIABLE = 'KICKSTART_SERVICE';

/** Beside the file with the process id, which holds nothing else: others read that one, as they do any agent's. */
export function recordPath(pidPath: string): string {
  return `${pidPath}.kickstart`;
}

/** Earlier versions of kickstart had it in the file with the process id. */
export async function readRecord(pidPath: string, system: ReadableSystem): Promise<ProcessRecord | undefined> {
  const text = (await readAgentFile(recordPath(pidPath), system)) ?? (await readAgentFile(pidPath, system)) ?? '';
  const [processId = '', startTicks = '', mark = ''] = text.split('\n');
  if (mark === '') return undefined;
  return processId === '' ? { mark } : { mark, process: { processId: Number(processId), startTicks } };
}

/** The record is what counts, so a process id is there before it, and is gone after it. */
export async function writeRecord(pidPath: string, { mark, process }: ProcessRecord, system: System): Promise<void> {
  const lines = [process?.processId ?? '', process?.startTicks ?? '', mark];
  if (process !== undefined) await system.writeFile(pidPath, `${process.processId}\n`, { mode: 0o644 });
  await system.writeFile(recordPath(pidPath), `${lines.join('\n')}\n`, { mode: 0o644 });
  if (process === undefined) await system.removeFile(pidPath);
}

export async function removeRecord(pidPath: string, system: System): Promise<void> {
  await system.removeFile(pidPath);
  await system.removeFile(recordPath(pidPath));
}

/** The process that the record means, if it is alive; undefined too when its id belongs to another process now. */
export async function recordedProcess(
  { mark, process }: ProcessRecord,
  service: ServiceDescription,
  system: ReadableSystem,
): Promise<number | undefined> {
  if (process === undefined) return undefined;
  if ((await startTicksOf(process.processId, system)) !== process.startTicks) return undefined;
  // The file may be in a directory of the service's own user, who must not be able to point root at any process.
  const isOurs = (await hasMark(process.processId, mark, system)) ?? (await hasCommandLine(process.processId, service, system));
  return isOurs ? process.processId : undefined;
}

/** Processes that a run which was cut off had started, or had begun to stop. */
export async function markedProcesses(
  mark: string,
  service: ServiceDescription,
  system: ReadableSystem,
): Promise<readonly number[]> {
  const names = (await system.list('/proc')) ?? [];
  const processIds = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(processIds.map(async (processId) => isMarked(processId, mark, service, system)));
  return processIds.filter((_, index) => found[index]);
}

// Programs that the service starts inherit the mark; those are its own business, and have another command line.
async function isMarked(processId: number, mark: string, service: ServiceDescription, system: ReadableSystem): Promise<boolean> {
  if (!(await hasCommandLine(processId, service, system))) return false;
  if ((await startTicksOf(processId, system)) === undefined) return false;
  return (await hasMark(processId, mark, system)) !== false;
}

async function hasCommandLine(processId: number, service: ServiceDescription, system: ReadableSystem): Promise<boolean> {
  const commandLine = await readProcessFile(`/proc/${processId}/cmdline`, system);
  return commandLine === [service.program, ...service.arguments, ''].join('\0');
}

// undefined: may not be read, as by root in a container without CAP_SYS_PTRACE.
async function hasMark(processId: number, mark: string, system: ReadableSystem): Promise<boolean | undefined> {
  const environment = await readProcessFile(`/proc/${processId}/environ`, system);
  return environment?.split('\0').includes(`${MARK_VARIABLE}=${mark}`);
}

function readProcessFile(path: string, system: ReadableSystem): Promise<string | undefined> {
  return readIfAllowed(path, system).catch(undefinedIfGone);
}
