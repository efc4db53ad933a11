import { generateKeyPairSync } from 'node:crypto';
import { access, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, onTestFinished } from 'vitest';
import type { CloudEvent } from '../../../src/standin/cloud/cloud-event.ts';
import { type Cloud, type CloudOptions, startCloud } from '../../../src/standin/cloud/server.ts';
import type { FirstStart } from '../../../src/standin/cloud/store/first-start.ts';
import { openStore } from '../../../src/standin/cloud/store/store.ts';

/** The claim id, token and room of the recording, so that its requests can be replayed as they are. */
export const recordedId = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
export const token = 'TESTTOKEN';
export const room = '8e1b5f7a-0000-4000-8000-000000000001';

export const agentKeys = newKeys();
export const otherKeys = newKeys();

export interface TestCloud extends Cloud {
  first: FirstStart;
  dataDirectory: string;
  ca: string;
  port: number;
  events: readonly CloudEvent[];
  /** Resolves with the first event, past or to come, of the kind. */
  event<Kind extends CloudEvent['kind']>(kind: Kind): Promise<Extract<CloudEvent, { kind: Kind }>>;
}

/** What it takes to ask it something. */
export type ReachableCloud = Pick<TestCloud, 'port' | 'ca' | 'adminToken'>;

export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'standin-cloud-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** A Cloud of its own, with the recorded space; closed when the test is over. */
export async function newCloud(dataDirectory?: string, more: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const directory = dataDirectory ?? (await newDirectory());
  recorded ??= makeRecorded();
  const made = await recorded;
  if (!(await isThere(join(directory, 'cloud.db')))) await cp(made.directory, directory, { recursive: true });
  const events: CloudEvent[] = [];
  const watchers = new Set<(event: CloudEvent) => void>();
  const onEvent = (event: CloudEvent) => {
    events.push(event);
    for (const watch of watchers) watch(event);
  };
  const cloud = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory: directory, onEvent, ...more });
  onTestFinished(() => cloud.close());
  return {
    ...cloud,
    first: made.first,
    dataDirectory: directory,
    ca: await readFile(cloud.caFile, 'utf8'),
    port: Number(new URL(cloud.url).port),
    events,
    async event<Kind extends CloudEvent['kind']>(kind: Kind): Promise<Extract<CloudEvent, { kind: Kind }>> {
      type Wanted = Extract<CloudEvent, { kind: Kind }>;
      const isWanted = (event: CloudEvent): event is Wanted => event.kind === kind;
      const { promise, resolve } = Promise.withResolvers<Wanted>();
      watchers.add((event) => isWanted(event) && resolve(event));
      return events.find(isWanted) ?? promise;
    },
  };
}

/** The data directory as a crash at this moment would leave it. */
export async function copyOfData({ dataDirectory }: TestCloud): Promise<string> {
  const directory = await newDirectory();
  await cp(dataDirectory, directory, { recursive: true });
  return directory;
}

/** What a first start makes of the recorded space. Made once for all tests of a file: hashing a password takes its time by intent. */
async function makeRecorded(): Promise<{ first: FirstStart; directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'standin-cloud-first-'));
  const rooms = [{ id: room, name: 'All nodes' }];
  await writeFile(join(directory, 'space.json'), JSON.stringify({ name: 'Recorded', token, rooms }));
  const { store, first } = await openStore(directory, (error) => {
    throw error;
  });
  store.database.close();
  if (first === undefined) throw new Error('This was not a first start.');
  return { first, directory };
}

let recorded: ReturnType<typeof makeRecorded> | undefined;
afterAll(async () => {
  if (recorded !== undefined) await rm((await recorded).directory, { recursive: true });
});

/** Opens TLS as agents do: by address, without server name. */
export function openTls({ port, ca }: ReachableCloud): TLSSocket {
  const socket = connect({ host: '127.0.0.1', port, ca });
  socket.setNoDelay(true);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Sends the text on a connection of its own, and resolves with the one answer to it: whole by its Content-Length, or ended by the server. */
export async function exchange(cloud: ReachableCloud, request: string | Buffer): Promise<string> {
  const socket = openTls(cloud);
  socket.write(request);
  let bytes = Buffer.alloc(0);
  for await (const piece of socket) {
    bytes = Buffer.concat([bytes, piece]);
    if (isWhole(bytes.toString('latin1'))) break; // which destroys the socket
  }
  return bytes.toString();
}

/** One answer, perhaps after a 100 Continue. Without a length it lasts until the server closes, unless its status allows no body. */
function isWhole(text: string): boolean {
  const [head = '', ...rest] = text.replace(/^HTTP\/1\.1 100 .*\r\n\r\n/, '').split('\r\n\r\n');
  if (rest.length === 0) return false;
  if (/^HTTP\/1\.1 [23]04 /.test(head)) return true;
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  return length !== undefined && rest.join('\r\n\r\n').length >= Number(length);
}

export interface TextAnswer {
  status: number;
  head: string;
  body: string;
}

export async function request(
  cloud: ReachableCloud,
  method: string,
  path: string,
  body?: string,
  headers = '',
): Promise<TextAnswer> {
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return splitAnswer(
    await exchange(cloud, `${method} ${path} HTTP/1.1\r\nHost: cloud.test\r\n${headers}${length}\r\n${body ?? ''}`),
  );
}

export function splitAnswer(text: string): TextAnswer {
  const at = text.indexOf('\r\n\r\n');
  return { status: Number(text.slice(9, 12)), head: text.slice(0, at + 4), body: text.slice(at + 4) };
}

export async function admin(
  cloud: ReachableCloud,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: string }> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return request(cloud, method, `/standin/v1/${path}`, text, `Authorization: Bearer ${cloud.adminToken}\r\n`);
}

export async function nodeView(cloud: ReachableCloud, id = recordedId): Promise<Record<string, unknown>> {
  return JSON.parse((await admin(cloud, 'GET', `nodes/${id}`)).body);
}

export function claimBody(changes: object = {}, id = recordedId): string {
  const claim = { node: { id, hostname: 'vm' }, token, rooms: [room], publicKey: agentKeys.publicKey, mGUID: id };
  return JSON.stringify({ ...claim, ...changes });
}

export function claim(cloud: ReachableCloud, changes: object = {}, id = recordedId): Promise<TextAnswer> {
  return request(cloud, 'PUT', `/api/v1/spaces/nodes/${id}`, claimBody(changes, id));
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function newKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
