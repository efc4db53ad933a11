import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionStore } from '../web/sessions.ts';
import { type Administrators, openAdministrators } from './administrators.ts';
import { type Database, openDatabase, StoreFull } from './database.ts';
import { type FirstStart, fillStore } from './first-start.ts';
import { type History, openHistory } from './history.ts';
import { type LastSeen, openLastSeen } from './last-seen.ts';
import { type NodeRows, openNodeRows } from './node-rows.ts';
import { openRooms, type Rooms } from './rooms.ts';
import { openSessions } from './sessions.ts';
import { openSpaces, type Spaces } from './spaces.ts';
import { openTokens, type Tokens } from './tokens.ts';
import { unusable } from './unusable.ts';

/** Everything that the Cloud remembers. */
export interface Store {
  database: Database;
  spaces: Spaces;
  rooms: Rooms;
  tokens: Tokens;
  nodes: NodeRows;
  history: History;
  lastSeen: LastSeen;
  administrators: Administrators;
  sessions: SessionStore;
}

/**
 * Opens `cloud.db`, and makes it when it is not there; `first` is what was made then, which nobody can read again later.
 * Throws CLOUD_DATA_UNUSABLE.
 */
export async function openStore(
  dataDirectory: string,
  onFault: (error: unknown) => void,
): Promise<{ store: Store; first?: FirstStart }> {
  const path = join(dataDirectory, 'cloud.db');
  const database = openDatabase(path, onFault);
  try {
    const store = tablesOf(database);
    // Not by whether the file is new: a start that was killed before it had filled the tables has told nobody the password.
    const isFirst = store.administrators.passwordHashOf('admin') === undefined;
    return isFirst ? { store, first: await fillStore(store, dataDirectory) } : { store };
  } catch (error) {
    database.close();
    throw error instanceof StoreFull ? unusable(path, error.message, error) : error;
  }
}

/** Once it is closed, the database and what SQLite may have left beside it. */
export async function removeStore(dataDirectory: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(join(dataDirectory, `cloud.db${suffix}`), { force: true });
}

export function tablesOf(database: Database): Store {
  return {
    database,
    spaces: openSpaces(database),
    rooms: openRooms(database),
    tokens: openTokens(database),
    nodes: openNodeRows(database),
    history: openHistory(database),
    lastSeen: openLastSeen(database),
    administrators: openAdministrators(database),
    sessions: openSessions(database),
  };
}
