import { refusal } from '../answer.ts';
import { normalId } from '../uuid.ts';
import { type AdminRoutes, wrongField } from './admin-route.ts';
import { disconnect, query, whileOnline } from './node-link.ts';

export const nodeRoutes: AdminRoutes = {
  'GET nodes'({ nodes }, _body, { query }) {
    const spaceId = query.get('space');
    const removed = query.get('removed') === 'true';
    return {
      status: 200,
      body: { nodes: nodes.views({ ...(spaceId === null ? {} : { spaceId: normalId(spaceId) }), removed }) },
    };
  },

  'GET nodes/{node}': ({ nodes }, _body, { node }) => ({
    status: 200,
    body: { ...nodes.view(node), history: nodes.history(node), ...present('latestQuery', nodes.latestQuery(node)) },
  }),

  async 'DELETE nodes/{node}'({ nodes, passwords, links, onEvent }, _body, { node }) {
    if (nodes.find(node) === undefined) return refusal(404, 'ErrNodeNotFound', 'the node was removed before');
    await nodes.remove(node);
    passwords.forget(node);
    links.session(node)?.close();
    onEvent({ kind: 'removed', id: node });
    return { status: 204 };
  },

  async 'PUT nodes/{node}/rooms'({ nodes, store, onEvent }, { rooms }, { node }) {
    const spaceId = nodes.find(node)?.spaceId;
    if (spaceId === undefined) return refusal(409, 'ErrNodeRemoved', 'the node was removed');
    const isRoom = (room: unknown): room is string =>
      typeof room === 'string' && store.rooms.find(normalId(room))?.spaceId === spaceId;
    if (!Array.isArray(rooms) || !rooms.every(isRoom)) return wrongField('rooms', "must be ids of rooms of the node's space");
    const ids = rooms.map(normalId);
    await nodes.setRooms(node, ids);
    onEvent({ kind: 'moved', id: node, spaceId, rooms: ids });
    return { status: 204 };
  },

  'POST nodes/{node}/disconnect': ({ links }, body, { node }) => whileOnline(links, node, (session) => disconnect(session, body)),

  'POST nodes/{node}/query': (parts, body, { node }) => whileOnline(parts.links, node, (session) => query(session, body, parts)),
};

function present<Key extends string, Value>(key: Key, value: Value | undefined): object {
  return value === undefined ? {} : { [key]: value };
}
