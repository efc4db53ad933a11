import fc from 'fast-check';
import { expect, it } from 'vitest';
import { claim } from '../../src/cloud/claim-client.ts';
import { createHttp } from '../../src/system/http.ts';
import { Secret } from '../../src/system/secret.ts';
import type { System } from '../../src/system/system.ts';
import { readRecording } from '../standin/cloud/recording.ts';
import { agentKeys, newCloud, nodeView, recordedId, room, token } from '../standin/cloud/test-cloud.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { serve } from '../support/loopback-server.ts';
import { readAll } from '../support/read-all.ts';

const system: System = { ...createFakeSystem(), ...createHttp({}) };
const recorded = (await readRecording('agent-1.37.1-claim-and-link')).find(({ k }) => k === 'HTTP-REQ');

interface Received {
  line: string;
  headers: Record<string, unknown>;
  body: string;
}

/** A server that takes every claim. */
async function listener(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const url = await serve(async (request, response) => {
    received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: await readAll(request) });
    response.writeHead(204).end();
  });
  return { url, received };
}

it('is the request that a real agent sent, down to the order of its keys', async () => {
  const { node, token: sentToken, rooms, publicKey, mGUID } = JSON.parse(recorded?.body ?? '');
  const { url, received } = await listener();
  const { id, hostname } = node;
  await claim({ url, id, hostname, machineGuid: mGUID, token: new Secret(sentToken), rooms, publicKey }, system);
  expect(received[0]?.line).toBe(recorded?.s);
  // The recorded agent was a shell script, which set its JSON with blanks.
  expect(received[0]?.body).toBe(JSON.stringify(JSON.parse(recorded?.body ?? '')));
  expect(received[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': String(received[0]?.body.length),
  });
});

it('keeps the path of the URL before its own', async () => {
  const { url, received } = await listener();
  const asked = {
    id: recordedId,
    hostname: 'vm',
    machineGuid: recordedId,
    token: new Secret(token),
    rooms: [],
    publicKey: 'key',
  };
  await claim({ ...asked, url: `${url}/some/prefix` }, system);
  expect(received[0]?.line).toBe(`PUT /some/prefix/api/v1/spaces/nodes/${recordedId}`);
});

it('carries what the user typed, whatever it is', async () => {
  const { url, received } = await listener();
  // Tokens of every printable character; rooms with blanks and commas in them; host names of anything that is a line.
  const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 200 });
  const line = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  const typed = fc.record({ token: printable, hostname: line, rooms: fc.array(line, { maxLength: 5 }) });
  await fc.assert(
    fc.asyncProperty(typed, async ({ token: typedToken, hostname, rooms }) => {
      received.length = 0;
      const asked = { url, id: recordedId, hostname, machineGuid: recordedId, rooms, publicKey: agentKeys.publicKey };
      await claim({ ...asked, token: new Secret(typedToken) }, system);
      expect(JSON.parse(received[0]?.body ?? '')).toEqual({
        node: { id: recordedId, hostname },
        token: typedToken,
        rooms,
        publicKey: agentKeys.publicKey,
        mGUID: recordedId,
      });
    }),
    { numRuns: 60 },
  );
});

it('is understood by the stand-in Cloud over TLS, with a host name that has to be escaped', async () => {
  const cloud = await newCloud();
  const hostname = 'a "quoted" \\ höst 名 \u{1f600}';
  const asked = { url: cloud.url, id: recordedId, machineGuid: recordedId, rooms: [room], caFile: cloud.caFile };
  await claim({ ...asked, hostname, token: new Secret(token), publicKey: agentKeys.publicKey }, system);
  expect(await nodeView(cloud)).toMatchObject({ hostname, rooms: [room], machineGuid: recordedId });
});

it('is refused by the stand-in Cloud with the words for what is wrong', async () => {
  const cloud = await newCloud();
  const asked = { url: cloud.url, id: recordedId, hostname: 'vm', machineGuid: recordedId, caFile: cloud.caFile };
  const good = { ...asked, token: new Secret(token), rooms: [room], publicKey: agentKeys.publicKey };
  const code = (changes: object) => claim({ ...good, ...changes }, system).catch((error) => error.code);
  expect(await code({ token: new Secret('wrong') })).toBe('CLAIM_TOKEN_INVALID');
  expect(await code({ rooms: ['nowhere'] })).toBe('CLAIM_ROOM_INVALID');
  expect(await code({ publicKey: 'key' })).toBe('CLAIM_PUBLIC_KEY_INVALID');
  expect(await code({ hostname: '' })).toBe('CLAIM_NODE_NAME_INVALID');
  expect(await code({ id: 'not-a-uuid' })).toBe('CLAIM_NODE_ID_INVALID');
});
