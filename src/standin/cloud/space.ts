import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writeDurably } from './durable-file.ts';
import { randomSecret } from './secrets.ts';

/** The one space of this Cloud: who knows its token may claim nodes to its rooms. */
export interface Space {
  name: string;
  token: string;
  rooms: readonly { id: string; name: string }[];
}

/** Reads `space.json`; makes one with a random token and two rooms when there is none. Throws when the file is no space. */
export async function loadSpace(dataDirectory: string): Promise<Space> {
  const path = join(dataDirectory, 'space.json');
  const text = await readIfThere(path);
  if (text !== undefined) return parseSpace(text, path);
  const space = newSpace();
  await writeDurably(path, `${JSON.stringify(space, null, 2)}\n`);
  return space;
}

/** The token of the admin API, kept in `admin-token`. */
export async function loadAdminToken(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'admin-token');
  const kept = (await readIfThere(path))?.trim();
  if (kept !== undefined && kept !== '') return kept;
  const token = randomSecret();
  await writeDurably(path, `${token}\n`);
  return token;
}

function newSpace(): Space {
  return {
    name: 'Stand-in space',
    token: randomSecret(),
    rooms: [
      { id: randomUUID(), name: 'All nodes' },
      { id: randomUUID(), name: 'Second room' },
    ],
  };
}

function parseSpace(text: string, path: string): Space {
  const value: unknown = JSON.parse(text);
  if (!isSpace(value))
    throw new Error(`${path} is not a space: it needs a name, a token that is not empty, and rooms with id and name.`);
  return value;
}

function isSpace(value: unknown): value is Space {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value) || !('token' in value) || !('rooms' in value)) return false;
  return isText(value.name) && isText(value.token) && Array.isArray(value.rooms) && value.rooms.every(isRoom);
}

function isRoom(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'id' in value && isText(value.id) && 'name' in value && isText(value.name)
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
