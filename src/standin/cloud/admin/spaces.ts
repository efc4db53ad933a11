import { refusal } from '../answer.ts';
import type { RepeatClaims, SpaceRecord } from '../store/spaces.ts';
import { type AdminParts, type AdminRoutes, nameIn, wrongField, wrongName } from './admin-route.ts';

export const spaceRoutes: AdminRoutes = {
  'GET spaces': (parts) => ({ status: 200, body: { spaces: parts.store.spaces.all().map((space) => spaceView(space, parts)) } }),

  'GET spaces/{space}': (parts, _body, { space }) => ({ status: 200, body: viewOf(space, parts) }),

  async 'POST spaces'(parts, body) {
    const name = nameIn(body);
    if (name === undefined) return wrongName;
    const { id } = await parts.store.database.commit(() => parts.store.spaces.add(name));
    parts.onEvent({ kind: 'space', spaceId: id, change: 'made' });
    return { status: 201, body: { space: viewOf(id, parts) } };
  },

  async 'PATCH spaces/{space}'(parts, body, { space }) {
    const { database, spaces } = parts.store;
    const [name, policy] = [nameIn(body), body.repeatClaims];
    if (body.name !== undefined && name === undefined) return wrongName;
    if (policy !== undefined && !isPolicy(policy)) return wrongField('repeatClaims', `must be ${POLICIES.join(', ')}`);
    if (name === undefined && policy === undefined) return wrongField('name', 'nothing to change was given');
    await database.commit(() => {
      if (name !== undefined) spaces.rename(space, name);
      if (policy !== undefined) spaces.setRepeatClaims(space, policy);
    });
    parts.onEvent({ kind: 'space', spaceId: space, change: 'changed' });
    return { status: 200, body: { space: viewOf(space, parts) } };
  },

  async 'DELETE spaces/{space}'({ store, onEvent }, _body, { space }) {
    const { database, spaces, nodes } = store;
    const isRemoved = await database.commit(() => {
      if (nodes.count(space).total > 0) return false;
      spaces.remove(space);
      return true;
    });
    if (!isRemoved) return refusal(409, 'ErrSpaceNotEmpty', 'the space has nodes; remove them first');
    onEvent({ kind: 'space', spaceId: space, change: 'removed' });
    return { status: 204 };
  },
};

function viewOf(id: string, parts: AdminParts): object {
  const space = parts.store.spaces.find(id);
  return space === undefined ? {} : spaceView(space, parts);
}

function spaceView(space: SpaceRecord, { store, nodes }: AdminParts): object {
  return { ...space, rooms: store.rooms.inSpace(space.id), nodes: nodes.count(space.id) };
}

function isPolicy(value: unknown): value is RepeatClaims {
  return typeof value === 'string' && (POLICIES as readonly string[]).includes(value);
}

const POLICIES: readonly RepeatClaims[] = ['same-key', 'refuse', 'replace'];
