import { closeSync, constants as flags, fstatSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { errorCode } from './error-code.ts';
import type { JobPool } from './system.ts';

/** What a program needs to share the pool: its descriptors 3 and 4, and what its makes are told. */
export interface JobShare {
  fileDescriptor: number;
  environment: Readonly<Record<string, string>>;
}

export interface JobPools {
  /** Waits for a slot, works with it, and gives it back however the work ended. While it waits it ends with the signal's reason. */
  withSlot<Result>(pool: JobPool, work: (share: JobShare) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

interface Opened {
  slots: number;
  /** Keeps what is in the FIFO while nobody else has it open; reads and writes without waiting. */
  keeper: number;
  /** Commands that have a slot or wait for one. */
  users: number;
  /** Commands that have a slot. */
  holders: number;
}

/**
 * Job servers of GNU make, each a FIFO with one byte for each slot that nobody uses. It is open as long as a command uses it, and is filled anew
 * whenever no command has a slot: a make that was killed does not give back what it had taken.
 * Source: GNU make manual, "POSIX Jobserver Interaction".
 */
export function createJobPools(makeFifo: (path: string) => Promise<void>): JobPools {
  const pools = new Map<string, Promise<Opened>>();

  async function enter(pool: JobPool): Promise<Opened> {
    const opening = pools.get(pool.path) ?? openPool(pool, makeFifo);
    pools.set(pool.path, opening);
    try {
      const opened = await opening;
      // While this command waited, the last user may have closed it.
      if (pools.get(pool.path) !== opening) return enter(pool);
      opened.users += 1;
      return opened;
    } catch (error) {
      pools.delete(pool.path);
      throw error;
    }
  }

  function leave(path: string, opened: Opened): void {
    opened.users -= 1;
    if (opened.users > 0) return;
    pools.delete(path);
    closeSync(opened.keeper);
  }

  return {
    async withSlot(pool, work, signal) {
      const opened = await enter(pool);
      try {
        await takeSlot(pool.path, signal);
        opened.holders += 1;
        try {
          return await shareWith(pool.path, work);
        } finally {
          opened.holders -= 1;
          giveBack(opened);
        }
      } finally {
        leave(pool.path, opened);
      }
    },
  };
}

async function openPool({ path, slots }: JobPool, makeFifo: (path: string) => Promise<void>): Promise<Opened> {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) await makeFifo(path);
  const opened = { slots, keeper: openFifo(path, flags.O_NONBLOCK), users: 0, holders: 0 };
  fill(opened);
  return opened;
}

/** For reading and writing at once, which Linux allows and which waits for no other side. Source: fifo(7). */
function openFifo(path: string, more = 0): number {
  const fileDescriptor = openSync(path, flags.O_RDWR | flags.O_NOFOLLOW | more);
  if (fstatSync(fileDescriptor).isFIFO()) return fileDescriptor;
  closeSync(fileDescriptor);
  throw Object.assign(new Error(`EINVAL: not a pipe, '${path}'`), { code: 'EINVAL', path });
}

/** What is in it first goes: another count of the slots, or what a daemon that outlived its build has kept alive. */
function fill({ keeper, slots }: Opened): void {
  const piece = Buffer.alloc(4096);
  while (readNow(keeper, piece) > 0);
  writeSync(keeper, Buffer.alloc(slots, '+'));
}

function readNow(fileDescriptor: number, piece: Buffer): number {
  try {
    return readSync(fileDescriptor, piece);
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return 0;
    throw error;
  }
}

function giveBack(opened: Opened): void {
  if (opened.holders === 0) fill(opened);
  else writeSync(opened.keeper, '+');
}

/** Reads one byte as soon as there is one. The kernel tells it when it tells the makes that wait for the same byte, so that they do not starve it. */
async function takeSlot(path: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onread = { buffer: Buffer.alloc(1), callback };
  const socket = new Socket({ fd: openFifo(path, flags.O_NONBLOCK), writable: false, onread });
  const stop = () => reject(signal?.reason);
  signal?.addEventListener('abort', stop);
  socket.once('error', reject);
  try {
    await promise;
  } finally {
    signal?.removeEventListener('abort', stop);
    socket.destroy();
  }

  // Once, because it then reads no more.
  function callback(): boolean {
    resolve();
    return false;
  }
}

/** On a description of its own: what one make sets on it, as reading without waiting, the makes of another version need not expect. */
async function shareWith<Result>(path: string, work: (share: JobShare) => Promise<Result>): Promise<Result> {
  const fileDescriptor = openFifo(path);
  try {
    return await work({ fileDescriptor, environment: { MAKEFLAGS: makeFlags } });
  } finally {
    closeSync(fileDescriptor);
  }
}

// The first name is known to make 3.82 to 4.1, the second from 4.2; each ignores the other, as the build tools of Rust rely on too (crate jobserver).
const makeFlags = ' -j --jobserver-fds=3,4 --jobserver-auth=3,4';
