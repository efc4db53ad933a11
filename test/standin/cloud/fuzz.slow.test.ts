import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { usualLimits } from '../../../src/standin/cloud/limits.ts';
import { goOnline, upgradeRequest } from './agent-socket.ts';
import { type Damage, damaged, damages, inPieces } from './mutation.ts';
import { framesOf } from './recorded-agent.ts';
import { readRecording } from './recording.ts';
import { claim, newCloud, request, type TestCloud } from './test-cloud.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const recording = await readRecording('agent-1.37.1-claim-and-link');
const requests = recording.flatMap(({ k, raw, body }) => (k === 'HTTP-REQ' && raw ? [Buffer.from(raw + (body ?? ''))] : []));
const frames = recording
  .flatMap((event) => framesOf(event, {}))
  .flatMap((frame) => ('payload' in frame ? [clientFrame(Buffer.from(frame.payload, 'hex'))] : []));

/** What a stranger can send: the recorded bytes, over TLS or bare. All are damaged before they go. */
const attacks: readonly { name: string; bytes: Buffer; isBare?: true }[] = [
  ...requests.map((bytes, index) => ({ name: `request ${index}`, bytes })),
  { name: 'two requests at once', bytes: Buffer.concat(requests.slice(0, 2)) },
  { name: 'WebSocket', bytes: Buffer.concat([Buffer.from(upgradeRequest), ...frames]) },
  { name: 'long frame', bytes: Buffer.concat([Buffer.from(upgradeRequest), Buffer.from('82ff7fffffffffffffff00000000', 'hex')]) },
  { name: 'fragments', bytes: Buffer.concat([Buffer.from(upgradeRequest), Buffer.alloc(2000, 0x80)]) },
  { name: 'no TLS', bytes: requests[0] ?? Buffer.alloc(1), isBare: true },
  {
    name: 'ClientHello',
    bytes: Buffer.from(`1603010200010001fc0303${'11'.repeat(32)}20${'22'.repeat(64)}`, 'hex'),
    isBare: true,
  },
];

it('goes on after thousands of damaged connections, and holds on to none of them', async () => {
  const cloud = await newCloud(undefined, { limits: usualLimits, onEvent: () => undefined });
  await claim(cloud);
  const steady = await goOnline(cloud);
  const round = async () => {
    for (let wave = 0; wave < 60; wave++)
      await Promise.all(fc.sample(damages(4), 16).map((list, index) => attack(cloud, list, index + wave)));
    steady.send('c000');
    expect(await steady.next()).toBe('d000');
    expect((await request(cloud, 'GET', '/api/v1/env')).status).toBe(200);
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return { bytes: heapUsed + external, sockets: openSockets() };
  };
  await round(); // what is loaded and compiled once
  const [first, second] = [await round(), await round()];
  expect(second.sockets).toBe(first.sockets);
  // 960 connections in between: one that is held on to costs more than 10 KiB.
  expect(second.bytes - first.bytes).toBeLessThan(2_000_000);
}, 120_000);

/** Resolves when the server has ended the connection. */
async function attack({ port, ca }: TestCloud, list: readonly Damage[], index: number): Promise<void> {
  const { name, bytes, isBare } = attacks[index % attacks.length] ?? { name: 'none', bytes: Buffer.alloc(0) };
  const socket: Socket = isBare
    ? connectTcp({ host: '127.0.0.1', port })
    : connectTls({ host: '127.0.0.1', port, ca, rejectUnauthorized: false });
  socket.on('error', () => undefined).resume();
  const closed = new Promise<'closed'>((resolve) => socket.once('close', () => resolve('closed')));
  const pieces = inPieces(damaged(bytes, list), [1 + (list[0]?.value ?? 0), 700]);
  for (const piece of pieces) socket.write(piece);
  // A handshake that is half done is kept for ten seconds, also when the client has nothing more to say.
  socket.end(isBare ? () => socket.destroy() : undefined);
  const guard = Promise.withResolvers<'still open'>();
  const timer = setTimeout(guard.resolve, 15_000, 'still open');
  expect([name, JSON.stringify(list), await Promise.race([closed, guard.promise])]).toEqual([
    name,
    JSON.stringify(list),
    'closed',
  ]);
  clearTimeout(timer);
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap').length;
}

function clientFrame(payload: Buffer): Buffer {
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x82, ...length, 0, 0, 0, 0]), payload]);
}
