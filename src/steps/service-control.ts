import { type ServiceDescription, type ServiceManagerRow, serviceManagers } from '../host/service-managers.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { commandLine } from './command-line.ts';
import { directProcess, rewriteRecord, startDirectly, stopDirectly } from './direct-process.ts';
import { tailOf } from './tail-of.ts';

/** Whether the service runs now, whoever started it; without a service manager only what kickstart started counts. */
export async function isRunning(service: ServiceDescription, system: ReadableSystem): Promise<boolean> {
  const row = serviceManagers[service.manager];
  if (row === undefined) return (await directProcess(service, system)) !== undefined;
  return row.runningStates.includes(await stateOf(service.name, row, system));
}

/** Whether the service has no process and gets none by itself. Between this and running there is one that is about to start again. */
export async function isStopped(service: ServiceDescription, system: ReadableSystem): Promise<boolean> {
  const row = serviceManagers[service.manager];
  if (row === undefined) return (await directProcess(service, system)) === undefined;
  return row.stoppedStates.includes(await stateOf(service.name, row, system));
}

/** Starts the service and does not wait until it is ready. Throws HOST_COMMAND_FAILED. */
export async function startNow(service: ServiceDescription, system: System, signal?: AbortSignal): Promise<void> {
  const row = serviceManagers[service.manager];
  if (row === undefined) return startDirectly(service, system);
  await system.run(commandLine(row.start(service.name)), signal);
}

/** Stops the service, and returns when it has ended. A service that does not run, or is not known, is fine. Throws HOST_COMMAND_FAILED. */
export async function stopNow(service: ServiceDescription, system: System): Promise<void> {
  const row = serviceManagers[service.manager];
  if (row === undefined) return stopDirectly(service, system);
  if (await isStopped(service, system)) return;
  await system.run(commandLine(row.stop(service.name)));
}

/** For a service whose stop was cut off before it was stopped: what is written about it is whole again. */
export async function keepRunning(service: ServiceDescription, system: System): Promise<void> {
  if (serviceManagers[service.manager] === undefined) await rewriteRecord(service, system);
}

/** Where the log ends now: what comes later is of the next start. */
export async function logPosition({ manager, logPath }: ServiceDescription, system: ReadableSystem): Promise<number> {
  return manager === 'none' ? ((await system.stat(logPath))?.sizeBytes ?? 0) : 0;
}

/** The last lines that the service wrote since `position`; the empty text when it said nothing. */
export async function lastLines(service: ServiceDescription, position: number, system: ReadableSystem): Promise<string> {
  const row = serviceManagers[service.manager];
  if (row !== undefined) return (await system.query(commandLine(row.lastLines(service.name)))).stdout.trim();
  // Its directory is the service's own: what is no file of its own there may lead to what only root reads.
  if ((await system.stat(service.logPath))?.kind !== 'file') return '';
  const text = await tailOf(system.readBytes(service.logPath, { links: 'refused' }), position);
  return text.trim().split('\n').slice(-10).join('\n');
}

// No systemctl at all (exit code 127, nothing printed) is no service.
async function stateOf(name: string, row: ServiceManagerRow, system: ReadableSystem): Promise<string> {
  return (await system.query(commandLine(row.state(name)))).stdout.trim() || 'unknown';
}
