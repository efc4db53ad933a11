import type { ServiceDescription } from '../host/service-managers.ts';
import { startTicksOf } from '../system/process-start.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import {
  MARK_VARIABLE,
  markedProcesses,
  readRecord,
  recordedProcess,
  recordPath,
  removeRecord,
  writeRecord,
} from './process-record.ts';

/** The process id of a service without a service manager; undefined when it does not run. */
export async function directProcess(service: ServiceDescription, system: ReadableSystem): Promise<number | undefined> {
  const record = await readRecord(service.pidPath, system);
  return record && recordedProcess(record, service, system);
}

/** Starts the program in a session of its own. The mark is on disk before, so that a run which is cut off here can find it. */
export async function startDirectly(service: ServiceDescription, system: System): Promise<void> {
  const { program, arguments: words, environment, pidPath, logPath } = service;
  const mark = system.randomUuid();
  await writeRecord(pidPath, { mark }, system);
  const processId = await system.startProcess({
    program,
    arguments: words,
    environment: { ...environment, [MARK_VARIABLE]: mark },
    logPath,
  });
  const startTicks = await startTicksOf(processId, system);
  if (startTicks !== undefined) await writeRecord(pidPath, { mark, process: { processId, startTicks } }, system);
}

/** Writes the record once more as it is: a write that was cut off leaves nothing beside it. */
export async function rewriteRecord({ pidPath }: ServiceDescription, system: System): Promise<void> {
  const record = await readRecord(pidPath, system);
  if (record !== undefined) await writeRecord(pidPath, record, system);
}

/** Ends the process that is recorded, or that a run which was cut off had started; no other one. Nothing to end is fine. */
export async function stopDirectly(service: ServiceDescription, system: System): Promise<void> {
  const { pidPath } = service;
  const record = await readRecord(pidPath, system);
  if (record === undefined) {
    // Of the first record there may be a part; a file that is no record is somebody else's.
    for (const path of [pidPath, recordPath(pidPath)]) if ((await system.stat(path)) === undefined) await system.removeFile(path);
    return;
  }
  const recorded = await recordedProcess(record, service, system);
  // Without a process in it the record says that it is being stopped: a take-back after a crash must not think that it runs on.
  if (recorded !== undefined) await writeRecord(pidPath, { mark: record.mark }, system);
  const unfinished = record.process === undefined ? await markedProcesses(record.mark, service, system) : [];
  for (const processId of recorded === undefined ? unfinished : [recorded]) await end(processId, system);
  await removeRecord(pidPath, system);
}

async function end(processId: number, system: System): Promise<void> {
  const startTicks = await startTicksOf(processId, system);
  for (const { signal, milliseconds } of endings) {
    for (let waited = 0; waited <= milliseconds; waited += POLL_MILLISECONDS) {
      // Each time: the id may have gone to another process while we slept.
      if (startTicks === undefined || (await startTicksOf(processId, system)) !== startTicks) return;
      if (waited === 0) await system.signalProcess(processId, signal);
      await system.sleep(POLL_MILLISECONDS);
    }
  }
}

const endings = [
  { signal: 'SIGTERM', milliseconds: 10_000 },
  // Only the kernel's own work on its behalf can keep a killed process, and nothing that we do ends that.
  { signal: 'SIGKILL', milliseconds: 2_000 },
] as const;
const POLL_MILLISECONDS = 50;
