import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newDesk } from './desk.ts';
import {
  agentKeys,
  claim,
  claimBody,
  copyOfData,
  newCloud,
  nodeView,
  otherKeys,
  recordedId,
  request,
  room,
} from './test-cloud.ts';

const path = `/api/v1/spaces/nodes/${recordedId}`;

describe('a claim', () => {
  it('is on disk when it is acknowledged', async () => {
    const cloud = await newCloud();
    expect((await claim(cloud)).status).toBe(204);
    const again = await newCloud(await copyOfData(cloud));
    expect(await nodeView(again)).toMatchObject({
      ...{ id: recordedId, publicKey: agentKeys.publicKey, hostname: 'vm', machineGuid: recordedId, rooms: [room] },
      ...{ spaceId: cloud.first.space.id, link: { state: 'never-connected' } },
    });
  });

  it('is accepted under a path prefix, as JSON or as a form, and with Expect: 100-continue', async () => {
    const cloud = await newCloud();
    const headers = 'Content-Type: application/json\r\nExpect: 100-continue\r\n';
    const answer = await request(cloud, 'PUT', `/some/prefix${path}`, claimBody(), headers);
    expect(answer.head + answer.body).toBe(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nConnection: keep-alive\r\nKeep-Alive: timeout=10\r\n\r\n',
    );
  });

  it('needs neither machine GUID nor rooms', async () => {
    const cloud = await newCloud();
    expect((await claim(cloud, { mGUID: undefined, rooms: [] })).status).toBe(204);
    expect(await nodeView(cloud)).toMatchObject({ rooms: [], link: { state: 'never-connected' } });
  });

  it('is accepted again with the same key, and takes the new host name', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const sameKey = createPublicKey(agentKeys.publicKey).export({ type: 'spki', format: 'pem' }).toString().trim();
    expect((await claim(cloud, { publicKey: sameKey, node: { id: recordedId, hostname: 'renamed' } })).status).toBe(204);
    expect(await nodeView(cloud)).toMatchObject({ hostname: 'renamed' });
  });

  it('is won by one of two agents that come at the same time with the same id', async () => {
    const cloud = await newCloud();
    const answers = await Promise.all([claim(cloud), claim(cloud, { publicKey: otherKeys.publicKey })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });
});

describe('a claim is refused', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' });
  const curve = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' });
  const pkcs1 = createPublicKey(agentKeys.publicKey).export({ type: 'pkcs1', format: 'pem' });
  it.each([
    ['with a wrong token', { token: 'TESTTOKEM' }, 403, 'ErrForbidden'],
    ['without a token', { token: undefined }, 403, 'ErrForbidden'],
    ['with the token that the script sends when it has none', { token: 'unknown' }, 403, 'ErrForbidden'],
    ['for a room that is not there', { rooms: ['nowhere'] }, 422, 'ErrInvalidRoomID'],
    ['for rooms that are no list', { rooms: room }, 422, 'ErrInvalidRoomID'],
    ['with a key that is no PEM', { publicKey: 'rubbish' }, 422, 'ErrInvalidPublicKey'],
    ['with an RSA key of 1024 bits', { publicKey: small }, 422, 'ErrInvalidPublicKey'],
    ['with a key of another kind', { publicKey: curve }, 422, 'ErrInvalidPublicKey'],
    ['with a key that is not SPKI', { publicKey: pkcs1 }, 422, 'ErrInvalidPublicKey'],
    ['with the private key', { publicKey: agentKeys.privateKey }, 422, 'ErrInvalidPublicKey'],
    ['with an id that is not that of the path', { node: { id: room, hostname: 'vm' } }, 422, 'ErrInvalidNodeID'],
    ['with a machine GUID that is none', { mGUID: 'x' }, 422, 'ErrInvalidNodeID'],
    ['without a node', { node: undefined }, 422, 'ErrInvalidNodeID'],
    ['without a host name', { node: { id: recordedId, hostname: ' ' } }, 422, 'ErrInvalidNodeName'],
    ['with a host name that turns round', { node: { id: recordedId, hostname: 'a\u202eb' } }, 422, 'ErrInvalidNodeName'],
    ['with a host name of two lines', { node: { id: recordedId, hostname: 'a\nb' } }, 422, 'ErrInvalidNodeName'],
  ])('%s', async (_name, changes, status, key) => {
    const desk = await newDesk();
    expect(await desk.claimed(recordedId, changes)).toBe(`${status} ${key}`);
    expect(await desk.claimed(recordedId)).toBe('204');
  });

  it('with an id that is no UUID', async () => {
    expect(await (await newDesk()).claimed('no-uuid')).toBe('422 ErrInvalidNodeID');
  });

  it('with another key than the first one', async () => {
    const desk = await newDesk();
    await desk.claimed(recordedId);
    expect(await desk.claimed(recordedId, { publicKey: otherKeys.publicKey })).toBe('409 ErrAlreadyClaimed');
  });

  it('in compact JSON, of which scripts read the key', async () => {
    const { body } = await claim(await newCloud(), { token: 'TESTTOKEM' });
    expect(body).toMatch(/^{"errorCode":"403","errorMsgKey":"ErrForbidden","errorMessage":"[^"]+",/);
  });

  it('when the host name breaks the JSON, as the script lets it', async () => {
    const answer = await request(await newCloud(), 'PUT', path, claimBody().replace('"vm"', '"v"m"'));
    expect([answer.status, JSON.parse(answer.body).errorMsgKey]).toEqual([400, 'ErrBadRequest']);
  });

  it('with another method than PUT', async () => {
    expect((await request(await newCloud(), 'POST', path, claimBody())).status).toBe(405);
  });
});
