import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isVisibleLine } from '../../../system/printable.ts';
import { isObject, parseObject } from '../answer.ts';
import { readIfThere } from '../durable-file.ts';
import { randomSecret } from '../secrets.ts';
import { normalId } from '../uuid.ts';
import { hashPassword } from '../web/password.ts';
import type { Store } from './store.ts';
import { unusable } from './unusable.ts';

/** What the first start has made. The secrets are in it this once, and kept readable nowhere. */
export interface FirstStart {
  space: { id: string; name: string };
  rooms: readonly { id: string; name: string }[];
  /** Good for claims, without an end. */
  token: string;
  administrator: 'admin';
  password: string;
}

/** A space as somebody wants it who prepares a Cloud, in `space.json`. */
interface WantedSpace {
  name: string;
  token: string;
  rooms: readonly { id: string; name: string }[];
}

/** One space with its rooms and a claim token, and one administrator: those of space.json when it is there. Reads it this once. */
export async function fillStore(store: Store, dataDirectory: string): Promise<FirstStart> {
  const path = join(dataDirectory, 'space.json');
  const text = await readIfThere(path);
  const wanted = text === undefined ? newSpace() : parseSpace(text, path);
  const password = randomSecret().slice(0, 24);
  const hash = await hashPassword(password);
  return store.database.commit(() => {
    const { id, name } = store.spaces.add(wanted.name);
    for (const room of wanted.rooms) store.rooms.add(id, room.name, room.id);
    store.tokens.add({ spaceId: id, name: 'First token', secret: wanted.token });
    store.administrators.set('admin', hash);
    return { space: { id, name }, rooms: wanted.rooms, token: wanted.token, administrator: 'admin', password };
  });
}

function newSpace(): WantedSpace {
  return {
    name: 'My space',
    token: randomSecret(),
    rooms: [
      { id: randomUUID(), name: 'All nodes' },
      { id: randomUUID(), name: 'Second room' },
    ],
  };
}

function parseSpace(text: string, path: string): WantedSpace {
  const { name, token, rooms } = parseObject(Buffer.from(text)) ?? {};
  if (isName(name) && isText(token) && Array.isArray(rooms) && rooms.every(isRoom))
    return { name, token, rooms: rooms.map((room) => ({ ...room, id: normalId(room.id) })) };
  throw unusable(
    path,
    'It is not a space: it needs a name, a token that is not empty, and rooms with id and name; names are one line of up to 100 visible characters.',
  );
}

function isRoom(value: unknown): value is { id: string; name: string } {
  return isObject(value) && isText(value.id) && isName(value.name);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && isVisibleLine(value, 100);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
