import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { MqttSession } from '../../../src/standin/cloud/mqtt-session.ts';
import { createQueries, type QueryAnswer } from '../../../src/standin/cloud/queries.ts';

const claimId = '1d39de1a-e4ce-11f1-aeea-02fc00000001';

/** What is made of the answer of an agent to a query. */
async function madeOf(response: string | Buffer): Promise<QueryAnswer | 'not-listening' | undefined> {
  const queries = createQueries();
  const session: MqttSession = {
    ...{ claimId, writtenId: claimId, level: 5, sayGoodbye: () => undefined, close: () => undefined },
    publish(_topic, payload) {
      const [header = ''] = payload.toString().split('\r\n\r\n');
      const reply = Buffer.concat([Buffer.from('{"type":"http"}\r\n\r\n'), Buffer.from(response)]);
      setImmediate(() => queries.settle(JSON.parse(header)['callback-topic'], reply));
      return true;
    },
  };
  return queries.ask(session, '/api/v1/info', 10);
}

describe('the answer of an agent to a query', () => {
  it('ends where its Content-Length says, whatever 1.33.1 sends after that', async () => {
    const body = 'File does not exist, or is not a';
    const old = 'Connection: keep-alive\r\nServer: NetData\r\n{"version":"v1.33.1"}';
    expect(await madeOf(`HTTP/1.1 404 Not Found\r\nContent-Length: 32\r\n\r\n${body}${old}`)).toEqual({
      status: 404,
      headers: { 'content-length': '32' },
      body: 'File does not exist, or is not a',
    });
  });

  it('is cut in bytes, before it is unpacked', async () => {
    const packed = gzipSync('größer');
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`;
    expect(await madeOf(Buffer.concat([Buffer.from(head), packed, Buffer.from('old buffer')]))).toMatchObject({ body: 'größer' });
  });

  it.each([
    ['says no length', ''],
    ['says one that is none', 'Content-Length: -1\r\n'],
    ['says more than there is', 'Content-Length: 99\r\n'],
  ])('is taken as it is when it %s', async (_what, header) => {
    expect(await madeOf(`HTTP/1.1 200 OK\r\n${header}\r\n{"all":true}`)).toMatchObject({ status: 200, body: '{"all":true}' });
  });
});
