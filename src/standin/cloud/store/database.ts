import { closeSync, openSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { errorCode } from '../../../system/error-code.ts';
import { migrations } from './migrations.ts';
import { loadSqlite } from './sqlite.ts';
import { unusable } from './unusable.ts';

/** Nothing can be kept now: the disk is full, or does not take what is written to it. What was asked for has not happened. */
export class StoreFull extends Error {
  constructor(cause: unknown) {
    super('The disk of the data directory is full, or cannot be written.', { cause });
    this.name = 'StoreFull';
  }
}

/** One SQLite file, used by one process. Changes are made at once and seen by every read; when they are on disk is another matter. */
export interface Database {
  /** Columns that are NULL are left out of the rows. Parameters are ? and not ?1, which Node 24.0 does not know. */
  all<Row>(sql: string, ...values: readonly SQLInputValue[]): Row[];
  one<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined;
  /** Inside of `commit` and `note` only. The number of rows that were changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  /**
   * Resolves when the change is on disk; all changes of one turn of the event loop share one transaction, and one wait for the disk.
   * Rejects with StoreFull when nothing of them is kept.
   */
  commit<Result>(change: () => Result): Promise<Result>;
  /** For what nobody waits for: in the file within a tenth of a second, on disk when the system likes. When it cannot be kept, `onFault` is told, and `onLost`. */
  note(change: () => void, onLost?: () => void): void;
  close(): void;
}

/** Makes the file when it is not there. Throws CLOUD_DATA_UNUSABLE when it is damaged, of a newer kickstart, or in use. */
export function openDatabase(path: string, onFault: (error: unknown) => void): Database {
  // SQLite would make it readable for all; what it makes beside it gets the mode of this file.
  closeSync(openSync(path, 'a', 0o600));
  const sqlite = opened(path);
  const statements = new Map<string, StatementSync>();
  let group: Group | undefined;
  let lastSynchronous: Synchronous | undefined;
  let lastWait = { end: 0, took: 0 };
  let isOpen = true;

  function prepared(sql: string): StatementSync {
    const known = statements.get(sql) ?? sqlite.prepare(sql);
    statements.set(sql, known);
    return known;
  }

  function change<Result>(work: () => Result, synchronous: Synchronous): Result {
    // What is waited for waits for nobody else's leisure; what was noted before comes with it to the disk.
    if (group?.synchronous === 'NORMAL' && synchronous === 'FULL') flush();
    group ??= begin(synchronous);
    prepared('SAVEPOINT one').run();
    try {
      const result = work();
      prepared('RELEASE one').run();
      return result;
    } catch (error) {
      // Of some errors SQLite takes back the whole transaction by itself, with what others had changed in it.
      if (sqlite.isTransaction) {
        prepared('ROLLBACK TO one').run();
        prepared('RELEASE one').run();
      } else fail(error);
      throw asStoreFull(error);
    }
  }

  function begin(synchronous: Synchronous): Group {
    if (synchronous !== lastSynchronous) sqlite.exec(`PRAGMA synchronous = ${synchronous}`);
    lastSynchronous = synchronous;
    prepared('BEGIN IMMEDIATE').run();
    const onDisk = Promise.withResolvers<void>();
    onDisk.promise.catch(() => undefined); // who waits for it is told; without anybody it is no fault of the process
    return { synchronous, onDisk };
  }

  function flush(): void {
    if (group === undefined) return;
    const start = performance.now();
    try {
      prepared('COMMIT').run();
    } catch (error) {
      fail(error);
      return;
    }
    const end = performance.now();
    if (group.synchronous === 'FULL') lastWait = { end, took: end - start };
    leave().onDisk.resolve();
  }

  function fail(error: unknown): void {
    if (sqlite.isTransaction) prepared('ROLLBACK').run();
    leave().onDisk.reject(asStoreFull(error));
  }

  function leave(): Group {
    const left = group;
    if (left === undefined) throw new Error('No transaction is open.');
    group = undefined;
    clearImmediate(left.soon);
    clearTimeout(left.later);
    clearTimeout(left.pausing);
    return left;
  }

  return {
    // The caller names the columns it selects; node:sqlite cannot know their types.
    all: <Row>(sql: string, ...values: readonly SQLInputValue[]) =>
      prepared(sql)
        .all(...values)
        .map(withoutNulls) as Row[],
    one<Row>(sql: string, ...values: readonly SQLInputValue[]) {
      const row = prepared(sql).get(...values);
      return row === undefined ? undefined : (withoutNulls(row) as Row); // as above
    },
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    async commit(work) {
      const result = change(work, 'FULL');
      if (group === undefined) return result;
      const pause = lastWait.end + Math.min(WORK_PER_WAIT * lastWait.took, LONGEST_PAUSE_MILLISECONDS) - performance.now();
      if (pause < 1) group.soon ??= setImmediate(flush);
      else group.pausing ??= setTimeout(flush, pause);
      await group.onDisk.promise;
      return result;
    },
    note(work, onLost) {
      if (!isOpen) return; // what ends while the Cloud ends
      try {
        change(work, 'NORMAL');
      } catch (error) {
        onFault(error);
        onLost?.();
        return;
      }
      if (onLost !== undefined) group?.onDisk.promise.catch(onLost);
      if (group === undefined || group.later !== undefined) return;
      group.later = setTimeout(flush, NOTED_WITHIN_MILLISECONDS).unref();
      group.onDisk.promise.catch(onFault);
    },
    close() {
      if (!isOpen) return;
      flush();
      isOpen = false;
      statements.clear();
      sqlite.close();
    },
  };
}

/** FULL waits for the disk, so that a power cut takes nothing; NORMAL leaves that to the system, as a killed process may. */
type Synchronous = 'FULL' | 'NORMAL';

/** The changes that become one transaction. */
interface Group {
  synchronous: Synchronous;
  onDisk: PromiseWithResolvers<void>;
  soon?: NodeJS.Immediate;
  pausing?: NodeJS.Timeout;
  later?: NodeJS.Timeout;
}

function opened(path: string): DatabaseSync {
  let sqlite: DatabaseSync | undefined;
  try {
    const { DatabaseSync } = loadSqlite();
    sqlite = new DatabaseSync(path);
    for (const pragma of PRAGMAS) sqlite.exec(`PRAGMA ${pragma}`);
    const version = Number(sqlite.prepare('PRAGMA user_version').get()?.user_version);
    if (version > migrations.length)
      throw unusable(path, `It was written by a newer kickstart (version ${version} of its tables).`);
    const verdict = sqlite.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (verdict !== 'ok') throw unusable(path, `SQLite says of it: ${verdict}`);
    migrate(sqlite, version);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    const why = REASONS[primaryCode(error) ?? 0];
    throw why === undefined ? error : unusable(path, why, error);
  }
}

function migrate(sqlite: DatabaseSync, version: number): void {
  if (version === migrations.length) return;
  sqlite.exec('BEGIN IMMEDIATE');
  for (const sql of migrations.slice(version)) sqlite.exec(sql);
  sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
  sqlite.exec('COMMIT');
}

function asStoreFull(error: unknown): unknown {
  return [SQLITE_FULL, SQLITE_IOERR].includes(primaryCode(error) ?? 0) ? new StoreFull(error) : error;
}

/** The lowest byte of SQLite's extended result code. */
function primaryCode(error: unknown): number | undefined {
  if (errorCode(error) !== 'ERR_SQLITE_ERROR' || !(error instanceof Error) || !('errcode' in error)) return undefined;
  return Number(error.errcode) & 0xff;
}

function withoutNulls(row: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

// Exclusive: two Clouds with one directory would each think that the agents of the other are offline.
const PRAGMAS = [
  'locking_mode = EXCLUSIVE',
  'journal_mode = WAL',
  'foreign_keys = ON',
  // Often, so that the journal stays near a megabyte on a small disk.
  'wal_autocheckpoint = 256',
  'journal_size_limit = 1048576',
  'temp_store = MEMORY',
  // 32 MiB, so that ten thousand nodes fit.
  'cache_size = -32768',
];

// Result codes. Source: sqlite.org/rescode.html.
const [SQLITE_IOERR, SQLITE_FULL] = [10, 13];
const REASONS: Readonly<Record<number, string>> = {
  5: 'Another process uses it: probably another kickstart cloud with the same --data directory.',
  8: 'It cannot be written.',
  [SQLITE_IOERR]: 'The disk does not read or write it.',
  11: 'It is damaged.',
  [SQLITE_FULL]: 'The disk is full.',
  14: 'It cannot be opened.',
  26: 'It is damaged: this is no SQLite database.',
};

// All other work stops while the disk is waited for. Under load it goes on for so many times as long before the next wait, and what it changed
// shares that one: 1500 claims, 64 at once, made 400 transactions instead of 1600 on a disk that needs 3 ms.
const WORK_PER_WAIT = 4;
const LONGEST_PAUSE_MILLISECONDS = 50;

const NOTED_WITHIN_MILLISECONDS = 100;
