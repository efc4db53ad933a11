import { type AdminRoutes, nameIn, wrongName } from './admin-route.ts';

export const roomRoutes: AdminRoutes = {
  'GET spaces/{space}/rooms': ({ store }, _body, { space }) => ({ status: 200, body: { rooms: store.rooms.inSpace(space) } }),

  async 'POST spaces/{space}/rooms'({ store, onEvent }, body, { space }) {
    const name = nameIn(body);
    if (name === undefined) return wrongName;
    const { id } = await store.database.commit(() => store.rooms.add(space, name));
    onEvent({ kind: 'room', spaceId: space, roomId: id, change: 'made' });
    return { status: 201, body: { room: { id, name, nodes: 0 } } };
  },

  async 'PATCH spaces/{space}/rooms/{room}'({ store, onEvent }, body, { space, room }) {
    const name = nameIn(body);
    if (name === undefined) return wrongName;
    await store.database.commit(() => store.rooms.rename(room, name));
    onEvent({ kind: 'room', spaceId: space, roomId: room, change: 'changed' });
    return { status: 200, body: { room: { id: room, name } } };
  },

  async 'DELETE spaces/{space}/rooms/{room}'({ store, onEvent }, _body, { space, room }) {
    await store.database.commit(() => store.rooms.remove(room));
    onEvent({ kind: 'room', spaceId: space, roomId: room, change: 'removed' });
    return { status: 204 };
  },
};
