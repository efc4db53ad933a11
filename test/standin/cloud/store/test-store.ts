import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../../../src/standin/cloud/store/database.ts';

export interface TestDatabase extends Database {
  path: string;
  faults: readonly unknown[];
}

export function newDatabase(): TestDatabase {
  const directory = mkdtempSync(join(tmpdir(), 'standin-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return databaseAt(join(directory, 'cloud.db'));
}

export function databaseAt(path: string): TestDatabase {
  const faults: unknown[] = [];
  const database = openDatabase(path, (error) => faults.push(error));
  onTestFinished(() => database.close());
  return { ...database, path, faults };
}

/** A copy of what is in the files now, as a kill at this moment would leave it. */
export function copyOf(path: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'standin-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const name of ['cloud.db', 'cloud.db-wal']) cpSync(path.replace(/cloud\.db$/, name), join(directory, name));
  return join(directory, 'cloud.db');
}

/** Opens a copy of what is in the files now, as a crash at this moment would leave it, and reads one value. */
export function onDisk(path: string, sql: string): unknown {
  const directory = mkdtempSync(join(tmpdir(), 'standin-store-copy-'));
  try {
    for (const name of ['cloud.db', 'cloud.db-wal']) cpSync(path.replace(/cloud\.db$/, name), join(directory, name));
    const copy = new DatabaseSync(join(directory, 'cloud.db'));
    const [value] = Object.values(copy.prepare(sql).get() ?? {});
    copy.close();
    return value;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
