import { describe, expect, it } from 'vitest';
import { newDesk, nodeId } from '../desk.ts';

describe('spaces', () => {
  it('are made, renamed, and removed when they are empty', async () => {
    const desk = await newDesk();
    const { space } = await desk.asked('POST', 'spaces', { name: ' Laboratory ' });
    expect(space).toMatchObject({ name: 'Laboratory', rooms: [], nodes: { total: 0, online: 0, offline: 0, neverConnected: 0 } });
    expect(await desk.asked('PATCH', `spaces/${space.id}`, { name: 'Cellar' })).toMatchObject({
      status: 200,
      space: { name: 'Cellar' },
    });
    expect((await desk.asked('GET', 'spaces')).spaces.map(({ name }: { name: string }) => name)).toEqual([
      'First space',
      'Cellar',
    ]);
    expect((await desk.asked('DELETE', `spaces/${space.id}`)).status).toBe(204);
    expect((await desk.asked('DELETE', `spaces/${space.id}`)).status).toBe(404);
    expect(desk.events).toContainEqual({ kind: 'space', spaceId: space.id, change: 'removed' });
  });

  it('are not removed while they have nodes', async () => {
    const desk = await newDesk();
    const path = `spaces/${desk.space}`;
    await desk.claimed(nodeId(1));
    expect(await desk.asked('DELETE', path)).toMatchObject({ status: 409, errorMsgKey: 'ErrSpaceNotEmpty' });
    await desk.asked('DELETE', `nodes/${nodeId(1)}`);
    expect((await desk.asked('DELETE', path)).status).toBe(204);
  });

  it('have names of a line, without what cannot be seen', async () => {
    const desk = await newDesk();
    for (const name of ['', ' ', 'a\nb', 'a\u202eb', 'a\u200bb', 'x'.repeat(101), 7, undefined]) {
      expect(await desk.asked('POST', 'spaces', { name })).toMatchObject({
        ...{ status: 422, errorMessage: 'name: must be a text of 1 to 100 characters in one line, all of them visible' },
      });
    }
  });
});

describe('rooms', () => {
  it('are made, renamed and removed; their nodes stay in the space', async () => {
    const desk = await newDesk();
    const path = `spaces/${desk.space}/rooms`;
    const made = (await desk.asked('POST', path, { name: 'Shop' })).room;
    expect((await desk.asked('PATCH', `${path}/${made.id}`, { name: 'Shop floor' })).status).toBe(200);
    await desk.claimed(nodeId(1), { rooms: [desk.room, made.id] });
    expect((await desk.asked('GET', path)).rooms).toEqual([
      { id: desk.room, name: 'All nodes', nodes: 1 },
      { id: made.id, name: 'Shop floor', nodes: 1 },
    ]);
    expect((await desk.asked('DELETE', `${path}/${made.id}`)).status).toBe(204);
    expect(await desk.asked('GET', `nodes/${nodeId(1)}`)).toMatchObject({ rooms: [desk.room] });
  });

  it('are found in their own space only', async () => {
    const desk = await newDesk();
    const { space } = await desk.asked('POST', 'spaces', { name: 'Other' });
    expect((await desk.asked('DELETE', `spaces/${space.id}/rooms/${desk.room}`)).status).toBe(404);
    const other = (await desk.asked('POST', `spaces/${space.id}/rooms`, { name: 'Other room' })).room.id;
    expect(await desk.claimed(nodeId(1), { rooms: [desk.room, other] })).toBe('422 ErrInvalidRoomID');
    await desk.claimed(nodeId(1));
    expect(await desk.asked('PUT', `nodes/${nodeId(1)}/rooms`, { rooms: [other] })).toMatchObject({ status: 422 });
  });

  it('are changed for a node that is there', async () => {
    const desk = await newDesk();
    const second = (await desk.asked('POST', `spaces/${desk.space}/rooms`, { name: 'Second' })).room.id;
    await desk.claimed(nodeId(1));
    expect((await desk.asked('PUT', `nodes/${nodeId(1)}/rooms`, { rooms: [second, second, desk.room] })).status).toBe(204);
    expect(await desk.asked('GET', `nodes/${nodeId(1)}`)).toMatchObject({ rooms: [second, desk.room] });
    expect(desk.events.find(({ kind }) => kind === 'moved')).toMatchObject({ id: nodeId(1), spaceId: desk.space });
  });
});

describe('a node that is claimed again', () => {
  async function twoSpaces() {
    const desk = await newDesk();
    const { space } = await desk.asked('POST', 'spaces', { name: 'Other' });
    const { secret } = await desk.asked('POST', `spaces/${space.id}/tokens`, { name: 'Other token' });
    await desk.claimed(nodeId(1), { rooms: [desk.room] });
    return { desk, other: { spaceId: space.id, claim: { token: secret, rooms: [] } }, own: `spaces/${desk.space}` };
  }

  it('stays in its space, whatever token comes', async () => {
    const { desk, other } = await twoSpaces();
    expect(await desk.claimed(nodeId(1), other.claim)).toBe('409 ErrAlreadyClaimed');
    expect(await desk.asked('GET', `nodes/${nodeId(1)}`)).toMatchObject({ spaceId: desk.space, rooms: [desk.room] });
  });

  it('is refused also with its own key where the space refuses', async () => {
    const { desk, own } = await twoSpaces();
    expect((await desk.asked('PATCH', own, { repeatClaims: 'refuse' })).space.repeatClaims).toBe('refuse');
    expect(await desk.claimed(nodeId(1))).toBe('409 ErrAlreadyClaimed');
  });

  it('moves to the space of the token where its space lets it be replaced', async () => {
    const { desk, own, other } = await twoSpaces();
    await desk.asked('PATCH', own, { repeatClaims: 'replace' });
    expect(await desk.claimed(nodeId(1), other.claim)).toBe('204');
    expect((await desk.asked('GET', `nodes?space=${other.spaceId}`)).nodes).toMatchObject([{ id: nodeId(1), rooms: [] }]);
    expect((await desk.asked('GET', `nodes?space=${desk.space}`)).nodes).toEqual([]);
  });

  it('needs a policy that there is', async () => {
    const { desk, own } = await twoSpaces();
    expect(await desk.asked('PATCH', own, { repeatClaims: 'often' })).toMatchObject({
      ...{ status: 422, errorMessage: 'repeatClaims: must be same-key, refuse, replace' },
    });
  });
});
