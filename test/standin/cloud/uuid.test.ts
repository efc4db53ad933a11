import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, test } from 'vitest';
import { normalTopic } from '../../../src/standin/cloud/own-topics.ts';
import { migrations } from '../../../src/standin/cloud/store/migrations.ts';
import { normalId, normalUuid } from '../../../src/standin/cloud/uuid.ts';
import { openSocket, sendConnect } from './agent-socket.ts';
import { admin, claim, newCloud, nodeView, otherKeys, recordedId, request, room } from './test-cloud.ts';

const upper = recordedId.toUpperCase();
const plain = recordedId.replaceAll('-', '');

test.each([
  [recordedId, recordedId],
  [upper, recordedId],
  [plain, recordedId],
  [plain.toUpperCase(), recordedId],
  ['1d39de1ae4ce-11f1-aeea-02fc00000001', undefined],
  [`${recordedId}0`, undefined],
  [`{${recordedId}}`, undefined],
  [`${recordedId}\n`, undefined],
  ['', undefined],
  [7, undefined],
])('%s is the UUID %s', (text, expected) => {
  expect(normalUuid(text)).toBe(expected);
});

test('an id that is no UUID stays as it is', () => {
  expect(normalId('Room-A')).toBe('Room-A');
});

test('a topic has the claim id in one form, whatever else is in it', () => {
  expect(normalTopic(`/agent/${upper}/outbound/META`)).toBe(`/agent/${recordedId}/outbound/META`);
  expect(normalTopic(`/agent/${upper}`)).toBe(`/agent/${upper}`);
  expect(normalTopic('/agent/A/inbound')).toBe('/agent/A/inbound');
});

describe.each([
  ['in upper case', upper],
  ['without dashes', plain],
])('a claim id %s', (_how, written) => {
  it('is that of the node that has it in lower case', async () => {
    const cloud = await newCloud();
    expect((await claim(cloud)).status).toBe(204);
    expect((await claim(cloud, { rooms: [room.toUpperCase()], mGUID: upper }, written)).status).toBe(204);
    expect((await claim(cloud, { publicKey: otherKeys.publicKey }, written)).status).toBe(409);
    expect(JSON.parse((await admin(cloud, 'GET', 'nodes')).body).nodes).toMatchObject([
      { id: recordedId, machineGuid: recordedId, rooms: [room] },
    ]);
  });

  it('is used by its agent in every place as it was given', async () => {
    const cloud = await newCloud();
    expect((await claim(cloud, {}, written)).status).toBe(204);
    const socket = await openSocket(cloud);
    await sendConnect(cloud, socket, { id: written });
    expect(await socket.next()).toBe('2003000000');
    const [own, id] = [`/agent/${written}`, Buffer.from(written)];
    socket.sendPacket({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: `${own}/inbound/v1/cmd/+`, qos: 1 }] });
    expect(await socket.next()).toBe('900400010001');
    const claimId = Buffer.concat([Buffer.from([0x0a, id.length]), id]);
    const report = Buffer.concat([claimId, Buffer.from([0x10, 1])]);
    const topic = `${own}/outbound/v1/agent-connection`;
    socket.sendPacket({ cmd: 'publish', topic, payload: report, qos: 0, dup: false, retain: false });
    const asked = Buffer.from(await socket.next(), 'hex');
    expect(asked.toString('latin1')).toContain(`${own}/inbound/v1/cmd/SendNodeInstances`);
    expect(asked.subarray(-claimId.length)).toEqual(claimId);
    expect(await nodeView(cloud)).toMatchObject({ id: recordedId, link: { state: 'online', reachable: true } });
    expect(await nodeView(cloud, written)).toMatchObject({ id: recordedId });
    socket.destroy();
    expect(await cloud.event('offline')).toMatchObject({ id: recordedId, reason: 'will' });
  });

  it('is misbehaved to as the same in lower case is', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'challenge', node: written, refuse: 'ErrForbidden' });
    expect((await request(cloud, 'GET', `/api/v1/auth/node/${recordedId}/challenge`)).status).toBe(403);
    expect((await request(cloud, 'GET', `/api/v1/auth/node/${written}/challenge`)).status).toBe(403);
  });
});

test('a database that has ids in upper case has them in lower case from then on', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec(migrations[0] ?? '');
  database.exec(`
    INSERT INTO spaces (id, name, createdAt) VALUES ('s', 'S', '');
    INSERT INTO rooms (id, name, spaceId) VALUES ('Room-A', 'A', 's'), ('${room.toUpperCase()}', 'B', 's');
    INSERT INTO nodes (id, spaceId, publicKey, hostname, machineGuid, claimedAt) VALUES
      ('${upper}', 's', '', 'one', '${upper}', ''), ('${room.toUpperCase()}', 's', '', 'two', NULL, ''), ('${room}', 's', '', 'three', NULL, '');
    INSERT INTO nodeRooms VALUES ('${upper}', 'Room-A', 0), ('${upper}', '${room.toUpperCase()}', 1);
    INSERT INTO history (nodeId, at, kind, text) VALUES ('${upper}', '', 'claimed', 'Claimed');
  `);
  database.exec('BEGIN');
  database.exec(migrations[1] ?? '');
  database.exec('COMMIT');
  const all = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row).join(' '));
  expect(all('SELECT id, hostname FROM nodes ORDER BY number')).toEqual([
    `${recordedId} one`,
    `${room.toUpperCase()} two`,
    `${room} three`,
  ]);
  expect(all('SELECT nodeId, roomId FROM nodeRooms ORDER BY position')).toEqual([
    `${recordedId} Room-A`,
    `${recordedId} ${room}`,
  ]);
  expect(all('SELECT nodeId, text FROM history')).toEqual([`${recordedId} Claimed`]);
});
