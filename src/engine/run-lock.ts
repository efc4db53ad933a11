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

/** Whether a kickstart works on this state directory now. */
export async function isLocked(stateDirectory: string, system: ReadableSystem): Promise<boolean> {
  const all = await Promise.all((await announcements(stateDirectory, system)).map((each) => isAlive(each, system)));
  return all.includes(true);
}

interface Announcement {
  path: string;
  processId: number;
}

interface FoundAnnouncement extends Announcement {
  start: string;
}

async function announcements(stateDirectory: string, system: ReadableSystem): Promise<readonly FoundAnnouncement[]> {
  return ((await system.list(stateDirectory)) ?? []).flatMap((name) => {
    const [, id, start] = announcementName.exec(name) ?? [];
    return id === undefined || start === undefined ? [] : [{ path: `${stateDirectory}/${name}`, processId: Number(id), start }];
  });
}

async function isAlive({ processId, start }: FoundAnnouncement, system: ReadableSystem): Promise<boolean> {
  return (await startOf(processId, system)) === start;
}

async function refuseWhenOthersRun(own: string, stateDirectory: string, system: System): Promise<void> {
  for (const other of await announcements(stateDirectory, system)) {
    if (other.path === own) continue;
    if (await isAlive(other, system)) throw await busy(other, stateDirectory, system);
    await system.removeFile(other.path);
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
