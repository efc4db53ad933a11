import { basename, dirname, join } from 'node:path';
import { startTicksOf } from '../../system/process-start.ts';
import type { System } from '../../system/system.ts';
import { createDirectories } from '../directories.ts';

interface EntryLock {
  /** A directory of the cache, there or not; its parent comes by itself. */
  entry: string;
  /** How long to wait for others. Default: not at all. */
  waitSeconds?: number;
}

interface LockContext {
  system: System;
  signal?: AbortSignal;
  progress?(text: string): void;
}

/**
 * Does the work while no other process that can be seen from here does such work on the same entry. `isHeld` is false when the time to wait was over.
 *
 * This is Lamport's bakery: each takes a ticket that is higher than all it sees, and the lowest is served. Names of owners never come back, so what
 * a killed one left is nobody's and can be removed by anyone, without a race. Runs that cannot see each other's processes (another container,
 * another machine on a shared disk) do not wait for each other: they do the work twice, and whatever they put into the cache appears by a rename.
 */
export async function withEntryLock<Result>(
  lock: EntryLock,
  context: LockContext,
  work: (isHeld: boolean) => Promise<Result>,
): Promise<Result> {
  const { system } = context;
  const ticket = await takeTicket(lock.entry, await newOwner(system), system);
  try {
    return await work(await isServed({ ...lock, ticket }, context));
  } finally {
    await system.removeFile(ticket.path);
  }
}

interface Ticket {
  path: string;
  owner: string;
  /** 0: is still choosing. */
  number: number;
}

async function takeTicket(entry: string, owner: string, system: System): Promise<Ticket> {
  const choosing = pathOf(entry, 0, owner);
  try {
    await createLinkBeside(entry, choosing, system);
    const number = 1 + Math.max(0, ...(await ticketsOf(entry, system)).map((other) => other.number));
    const path = pathOf(entry, number, owner);
    await createLinkBeside(entry, path, system);
    return { path, owner, number };
  } finally {
    await system.removeFile(choosing);
  }
}

// A link, because making one is atomic. An undo of another run may just have removed the directory, which was empty.
async function createLinkBeside(entry: string, path: string, system: System, attempts = 5): Promise<void> {
  try {
    await createDirectories(dirname(entry), 0o755, system);
    await system.createLink(path, new Date(system.now()).toISOString());
  } catch (error) {
    // The cast: errors of files are Node's, and have a code.
    if (attempts <= 1 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await createLinkBeside(entry, path, system, attempts - 1);
  }
}

async function isServed(
  { entry, ticket, waitSeconds = 0 }: EntryLock & { ticket: Ticket },
  context: LockContext,
): Promise<boolean> {
  const { system, signal, progress } = context;
  const polls = Math.ceil((waitSeconds * 1000) / pollMilliseconds);
  for (let poll = 0; ; poll += 1) {
    const before = await whoIsBefore(entry, ticket, system);
    if (before === undefined || poll >= polls) return before === undefined;
    progress?.(`waiting for process ${before}, which works on it`);
    await system.sleep(pollMilliseconds, signal);
    signal?.throwIfAborted();
  }
}

/** The process id of one that has to be served first. What dead ones left is removed on the way. */
async function whoIsBefore(entry: string, own: Ticket, system: System): Promise<number | undefined> {
  for (const other of await ticketsOf(entry, system)) {
    if (other.path === own.path || !isBefore(other, own)) continue;
    const processId = await livingOwner(other.owner, system);
    if (processId !== undefined) return processId;
    await system.removeFile(other.path);
  }
  return undefined;
}

// Of two equal numbers the owner decides. Who is still choosing may get any number, so it is waited for.
function isBefore(one: Ticket, other: Ticket): boolean {
  return one.number < other.number || (one.number === other.number && one.owner < other.owner);
}

async function ticketsOf(entry: string, system: System): Promise<readonly Ticket[]> {
  const names = (await system.list(dirname(entry))) ?? [];
  return names.flatMap((name) => {
    const [, of, number, owner] = besideName.exec(name) ?? [];
    return of === basename(entry) && owner !== undefined
      ? [{ path: join(dirname(entry), name), owner, number: Number(number) }]
      : [];
  });
}

/** Names one holder for ever: process id, its start, and a random part, because one process holds many locks. */
async function newOwner(system: System): Promise<string> {
  const processId = (await system.readFile('/proc/self/stat'))?.split(' ', 1)[0] || 'unknown';
  const start = await startTicksOf(Number(processId), system);
  return `${processId}-${start ?? 'unknown'}-${system.randomUuid().slice(-12)}`;
}

/** The process id of a holder that is alive; undefined when it is not, or when it cannot be seen from here (another container or machine). */
async function livingOwner(owner: string, system: System): Promise<number | undefined> {
  const [processId, start] = owner.split('-');
  return (await startTicksOf(Number(processId), system)) === start ? Number(processId) : undefined;
}

function pathOf(entry: string, number: number, owner: string): string {
  return join(dirname(entry), `.${basename(entry)}.lock-${number}-${owner}`);
}

const besideName = /^\.(.+)\.lock-(\d+)-([a-z0-9]+-[a-z0-9]+-[0-9a-f]+)$/;
const pollMilliseconds = 200;
