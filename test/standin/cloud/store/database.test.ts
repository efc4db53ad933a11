import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { KickstartError } from '../../../../src/errors.ts';
import { openDatabase, StoreFull } from '../../../../src/standin/cloud/store/database.ts';
import { databaseAt, newDatabase, onDisk, type TestDatabase } from './test-store.ts';

const add = ({ run }: TestDatabase, name: string) =>
  run('INSERT INTO spaces (id, name, createdAt) VALUES (?, ?, ?)', name, name, '2026-01-01T00:00:00.000Z');
const COUNT = 'SELECT count(*) FROM spaces';

/** No page more than there are now. */
const fill = (database: TestDatabase) => database.all('PRAGMA max_page_count = 1');
const makeRoom = (database: TestDatabase) => database.all('PRAGMA max_page_count = 10000');
const LONG = 'x'.repeat(100_000);

describe('a change', () => {
  it('is on disk when its promise resolves, and seen by reads before', async () => {
    const database = newDatabase();
    const kept = database.commit(() => add(database, 'one'));
    expect(database.one(COUNT)).toEqual({ 'count(*)': 1 });
    expect(onDisk(database.path, COUNT)).toBe(0);
    await kept;
    expect(onDisk(database.path, COUNT)).toBe(1);
  });

  it('shares its wait for the disk with all that came in the same turn', async () => {
    const database = newDatabase();
    const before = statSync(`${database.path}-wal`).size;
    await Promise.all(Array.from({ length: 100 }, (_, index) => database.commit(() => add(database, `space ${index}`))));
    expect(onDisk(database.path, COUNT)).toBe(100);
    // A transaction writes each page that it has changed once: a hundred of them would have written some three hundred pages.
    expect((statSync(`${database.path}-wal`).size - before) / 4096).toBeLessThan(20);
  });

  it('that throws is taken back alone', async () => {
    const database = newDatabase();
    const good = database.commit(() => add(database, 'good'));
    const bad = database.commit(() => {
      add(database, 'half');
      throw new Error('A mistake.');
    });
    await expect(bad).rejects.toThrow('A mistake.');
    await good;
    expect(database.all('SELECT name FROM spaces')).toEqual([{ name: 'good' }]);
  });

  it('that nobody waits for is on disk soon, and at the end', async () => {
    const database = newDatabase();
    database.note(() => add(database, 'noted'));
    await expect.poll(() => onDisk(database.path, COUNT)).toBe(1);
    database.note(() => add(database, 'at the end'));
    database.close();
    expect(databaseAt(database.path).one(COUNT)).toEqual({ 'count(*)': 2 });
  });

  it('that somebody waits for takes with it what was noted before', async () => {
    const database = newDatabase();
    database.note(() => add(database, 'noted'));
    await database.commit(() => add(database, 'waited for'));
    expect(onDisk(database.path, COUNT)).toBe(2);
  });

  it('that comes when the database is closed is no fault when nobody waits for it', () => {
    const database = newDatabase();
    database.close();
    database.note(() => add(database, 'late'));
    expect(database.faults).toEqual([]);
  });
});

describe('a full disk', () => {
  it('refuses what is to be kept, and takes it when there is room again', async () => {
    const database = newDatabase();
    fill(database);
    await expect(database.commit(() => add(database, LONG))).rejects.toThrow(StoreFull);
    expect(database.all('SELECT name FROM spaces')).toEqual([]);
    makeRoom(database);
    await database.commit(() => add(database, 'after'));
    expect(onDisk(database.path, COUNT)).toBe(1);
  });

  it('is told of what nobody waits for', async () => {
    const database = newDatabase();
    fill(database);
    const lost: string[] = [];
    database.note(
      () => add(database, LONG),
      () => lost.push('noted'),
    );
    await expect.poll(() => database.faults).toEqual([expect.any(StoreFull)]);
    await expect.poll(() => lost).toEqual(['noted']);
  });
});

describe('a database is refused', () => {
  function refusal(path: string): KickstartError {
    try {
      openDatabase(path, () => undefined).close();
    } catch (error) {
      if (error instanceof KickstartError) return error;
      throw error;
    }
    throw new Error('It was opened.');
  }

  it('when it is something else', () => {
    const { path, close } = newDatabase();
    close();
    writeFileSync(path, 'This is a text, and longer than nothing. '.repeat(100));
    expect(refusal(path)).toMatchObject({
      code: 'CLOUD_DATA_UNUSABLE',
      what: `The Cloud cannot start with ${path}.`,
      why: 'It is damaged: this is no SQLite database.',
    });
  });

  it('when pages of it are damaged, and stays as it is', async () => {
    const database = newDatabase();
    await database.commit(() => {
      for (let index = 0; index < 40; index++) add(database, `${index} ${'x'.repeat(1000)}`);
    });
    database.close();
    const bytes = readFileSync(database.path);
    bytes.fill(0x5a, bytes.length - 3 * 4096);
    writeFileSync(database.path, bytes);
    expect(refusal(database.path).why).toMatch(/^(It is damaged\.|SQLite says of it: )/);
    expect(readFileSync(database.path)).toEqual(bytes);
  });

  it('when it is of a newer kickstart', () => {
    const { path, close } = newDatabase();
    close();
    const sqlite = new DatabaseSync(path);
    sqlite.exec('PRAGMA user_version = 99');
    sqlite.close();
    expect(refusal(path).why).toBe('It was written by a newer kickstart (version 99 of its tables).');
  });

  it('when another Cloud uses it', () => {
    const { path } = newDatabase();
    expect(refusal(path).why).toBe('Another process uses it: probably another kickstart cloud with the same --data directory.');
  });
});

it('is taken as it is when its maker was killed before the first table', () => {
  const { path, close } = newDatabase();
  close();
  for (const name of [path, `${path}-wal`]) rmSync(name, { force: true });
  appendFileSync(path, '');
  expect(databaseAt(path).one(COUNT)).toEqual({ 'count(*)': 0 });
});

it('can be read by its owner only', () => {
  const { path } = newDatabase();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
