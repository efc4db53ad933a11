import { KickstartError } from '../errors.ts';
import { startTicksOf } from '../system/process-start.ts';
import type { ReadableSystem, System } from '../system/system.ts';
import { makeStateDirectory, removeUnsettled } from './state-directory.ts';

interface LockedRun {
  stateDirectory: string;
  /** Of this kickstart. */
  processId: number;
  system: System;
}

/**
 * Runs the work while no other kickstart works on the same state directory. Throws HOST_BUSY.
 *
 * Each process announces itself under a name of its own, then looks for others that are alive. Whoever comes second sees the first;
 * two that come at the same time may both give way, which is safe. A lock of a dead process is nobody's, because its name
 * never comes back, so it can be removed without a race. An announcement is a link, because making one is atomic: name and content are there at once.
 */
export async function withRunLock<Result>(
  { stateDirectory, processId, system }: LockedRun,
  work: () => Promise<Result>,
): Promise<Result> {
  const own = `${stateDirectory}/${prefix}${processId}-${(await startOf(processId, system)) ?? 'unknown'}`;
  // Our own name can be there only when this very process has the lock.
  if ((await system.stat(own)) !== undefined) throw await busy({ path: own, processId }, stateDirectory, system);
  try {
    await makeStateDirectory(stateDirectory, system);
    await system.createLink(own, new Date(system.now()).toISOString());
    await refuseWhenOthersRun(own, stateDirectory, system);
    return await work();
  } finally {
    await system.removeFile(own);
    await removeUnsettled(stateDirectory, system);
  }
}

interface Announcement {
  path: string;
  processId: number;
}

async function refuseWhenOthersRun(own: string, stateDirectory: string, system: System): Promise<void> {
  for (const name of (await system.list(stateDirectory)) ?? []) {
    const path = `${stateDirectory}/${name}`;
    const [, id, start] = announcementName.exec(name) ?? [];
    if (id === undefined || path === own) continue;
    const processId = Number(id);
    if ((await startOf(processId, system)) === start) throw await busy({ path, processId }, stateDirectory, system);
    await system.removeFile(path);
  }
}

/** When the process was started, in a form that fits a file name; undefined when there is none. Together with the id it names one process for ever. */
async function startOf(processId: number, system: ReadableSystem): Promise<string | undefined> {
  const isLinux = (await system.stat('/proc/self/stat')) !== undefined;
  return isLinux ? startTicksOf(processId, system) : startFromPs(processId, system);
}

async function startFromPs(processId: number, system: ReadableSystem): Promise<string | undefined> {
  const { exitCode, stdout } = await system.query({ program: 'ps', arguments: ['-o', 'lstart=', '-p', String(processId)] });
  return exitCode === 0 ? stdout.trim().replaceAll(/[^A-Za-z0-9]+/g, '.') : undefined;
}

async function busy({ path, processId }: Announcement, stateDirectory: string, system: ReadableSystem): Promise<KickstartError> {
  const since = (await system.readLink(path)) ?? 'just now';
  return new KickstartError('HOST_BUSY', {
    what: `Another kickstart is working on this install: process ${processId}, since ${since}.`,
    why: `Two at once would undo each other's work. They share ${stateDirectory}.`,
    next: `Wait until it has ended, or stop it with: kill ${processId}`,
  });
}

const prefix = 'running-';
const announcementName = /^running-(\d+)-(.+)$/;
