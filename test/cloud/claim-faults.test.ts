import 'reflect-metadata';
import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { claim } from '../../src/cloud/claim-client.ts';
import { newAuthority, newServer, type Pair } from '../../src/standin/cloud/certificate.ts';
import { createHttp } from '../../src/system/http.ts';
import { Secret } from '../../src/system/secret.ts';
import type { System } from '../../src/system/system.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { serve, serveSocks, serveTcp } from '../support/loopback-server.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

// Everything here is a real connection, and a request that may be sent once only is counted at the server.
const authority = await newAuthority();
const pair = await newServer(authority, ['127.0.0.1', 'cloud.test']);
const id = '1d39de1a-e4ce-11f1-aeea-02fc00000001';

/** One claim with short limits; pauses take no time. */
async function complaint(url: string, changes: object = {}) {
  const caFile = `${scratchDirectory()}/ca.pem`;
  writeFileSync(caFile, authority.certificate);
  const limits = { connectMilliseconds: 300, headersMilliseconds: 100, silenceMilliseconds: 100 };
  const system: System = { ...createFakeSystem(), ...createHttp({}, limits) };
  const asked = {
    url,
    id,
    hostname: 'vm',
    machineGuid: id,
    token: new Secret('T0KEN-canary'),
    rooms: [],
    publicKey: 'key',
    caFile,
  };
  const error = await claim({ ...asked, ...changes }, system).then(
    () => new Error('the claim succeeded'),
    (thrown) => thrown,
  );
  expect(`${error} ${JSON.stringify(error)}`).not.toContain('canary');
  return error;
}

async function cloudThat(answer: RequestListener, certificate: Pair = pair) {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => answer(request, response));
  }, certificate);
  return { url, seen };
}

describe('a Cloud that takes the request, once,', () => {
  it.each<[string, string, string, RequestListener]>([
    ['and never answers', 'CLAIM_ANSWER_MISSING', 'The claim was sent, and there was no answer', () => undefined],
    ['and closes', 'CLAIM_ANSWER_EMPTY', 'and there was no answer', (request) => request.socket.end()],
    ['and resets', 'CLAIM_ANSWER_EMPTY', 'and there was no answer', (request) => request.socket.destroy()],
    [
      'and says 102 and closes',
      'CLAIM_ANSWER_EMPTY',
      'and there was no answer',
      ({ socket }) => socket.end('HTTP/1.1 102 Processing\r\n\r\n'),
    ],
    [
      'and falls silent in its answer',
      'CLAIM_ANSWER_CUT',
      'its answer began but could not be read',
      (_, response) => void response.writeHead(403, { 'content-length': '99' }).write('{"errorMsg'),
    ],
    [
      'and is cut in its answer',
      'CLAIM_ANSWER_CUT',
      'its answer began but could not be read',
      (_, response) => void response.writeHead(403, { 'content-length': '99' }).write('{"errorMsg', () => response.destroy()),
    ],
    [
      'and answers without end',
      'CLAIM_ANSWER_TOO_LONG',
      'longer than 65536 bytes',
      (_, response) => void response.end('x'.repeat(65_537)),
    ],
    [
      'and does not speak HTTP',
      'CLAIM_ANSWER_NOT_HTTP',
      'The answer is not HTTP',
      ({ socket }) => socket.end('SSH-2.0-x\r\n\r\n'),
    ],
    [
      'and sends a page',
      'CLAIM_LOGIN_PAGE',
      "a login page answers in the Cloud's place",
      (_, response) => void response.setHeader('content-type', 'text/html').end('<html>T0KEN-canary'),
    ],
    ['and says 200', 'CLAIM_NOT_CONFIRMED', 'only 204', (_, response) => void response.end('{"ok":true,"t":"T0KEN-canary"}')],
    [
      'and leads elsewhere',
      'CLAIM_REDIRECTED',
      'answers with a redirect to https://portal.test/[hidden]',
      (_, response) => void response.writeHead(302, { location: 'https://portal.test/T0KEN-canary?x=T0KEN-canary' }).end(),
    ],
    [
      'and repeats the token as its error',
      'CLAIM_DATA_REFUSED',
      'the error "[hidden]"',
      (_, response) => void response.writeHead(422).end('{"errorMsgKey": "T0KEN-canary"}'),
    ],
    ['and has a fault', 'CLAIM_CLOUD_ERROR', 'status 500', (_, response) => void response.writeHead(500).end()],
  ])('%s is %s', async (_, code, why, answer) => {
    const { url, seen } = await cloudThat(answer);
    expect(await complaint(url)).toMatchObject({ code, why: expect.stringContaining(why) });
    expect(seen).toEqual([`PUT /api/v1/spaces/nodes/${id}`]);
  });
});

describe('a Cloud that is never sent the token', () => {
  it.each([
    ['is signed by somebody else', 'CLAIM_TLS_UNTRUSTED', async () => newServer(await newAuthority(), ['127.0.0.1'])],
    ['is for another name', 'CLAIM_TLS_WRONG_NAME', () => newServer(authority, ['elsewhere.test'])],
    ['is of yesterday', 'CLAIM_TLS_EXPIRED', () => datedPair(-2, -1)],
    ['is of tomorrow', 'CLAIM_TLS_EXPIRED', () => datedPair(1, 2)],
  ])('because its certificate %s: %s', async (_, code, certificate) => {
    const { url, seen } = await cloudThat((_request, response) => void response.writeHead(204).end(), await certificate());
    expect(await complaint(url)).toMatchObject({ code, why: expect.stringMatching(/^The claim was not sent: /) });
    expect(seen).toEqual([]);
    // Unless the user asks for it.
    expect((await complaint(url, { insecure: true })).message).toBe('the claim succeeded');
    expect(seen).toHaveLength(1);
  });

  it('because it does not speak TLS', async () => {
    const plain = await serve((_, response) => response.end());
    expect(await complaint(plain.replace('http:', 'https:'))).toMatchObject({ code: 'CLAIM_TLS_FAILED' });
  });

  it.each<[string, string, number]>([
    ['closes within the handshake', 'CLAIM_TLS_FAILED', 3],
    ['says nothing within the handshake', 'CLAIM_CONNECT_TIMEOUT', 3],
  ])('because it %s: %s, after %i connections', async (manner, code, times) => {
    let connections = 0;
    const port = await serveTcp((socket) => {
      connections += 1;
      if (manner.startsWith('closes')) socket.once('data', () => socket.destroy());
      else socket.resume();
    });
    expect(await complaint(`https://127.0.0.1:${port}`)).toMatchObject({
      code,
      why: expect.stringContaining('after 3 attempts'),
    });
    expect(connections).toBe(times);
  });

  it('because nobody is there, or its name is unknown', async () => {
    expect(await complaint('https://127.0.0.1:1')).toMatchObject({ code: 'CLAIM_CONNECTION_REFUSED' });
    // A name that no resolver has to be asked about: its first part is too long.
    expect(await complaint(`https://${'x'.repeat(64)}.test`)).toMatchObject({ code: 'CLAIM_NAME_NOT_FOUND' });
  });

  it('because the proxy does not lead there', async () => {
    const through = (proxy: string) => complaint('https://cloud.test', { proxy: new Secret(proxy) });
    const answering = async (status: number) =>
      `http://user:pw-canary@127.0.0.1:${await serveTcp((socket) => socket.once('data', () => socket.end(`HTTP/1.1 ${status} X\r\n\r\n`)))}`;
    expect(await through('http://user:pw-canary@127.0.0.1:1')).toMatchObject({ code: 'CLAIM_PROXY_UNREACHABLE' });
    expect(await through(await answering(407))).toMatchObject({ code: 'CLAIM_PROXY_LOGIN' });
    expect(await through(await answering(403))).toMatchObject({ code: 'CLAIM_PROXY_REFUSED' });
    const socks = await serveSocks('http://127.0.0.1:1', { reply: 4 });
    expect(await through(socks.url)).toMatchObject({ code: 'CLAIM_PROXY_REFUSED' });
    expect(socks.seen).toEqual(['cloud.test']);
  });
});

/** A server certificate that is valid from one day to another, counted from today. */
async function datedPair(fromDays: number, toDays: number): Promise<Pair> {
  const kind = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const own = createPrivateKey(pair.key).toCryptoKey(kind, true, ['sign']);
  const [signingKey, publicKey] = [
    createPrivateKey(authority.key).toCryptoKey(kind, false, ['sign']),
    createPublicKey(pair.key).toCryptoKey(kind, true, ['verify']),
  ];
  const day = (days: number) => new Date(Date.now() + days * 86_400_000);
  const certificate = await X509CertificateGenerator.create({
    issuer: new X509Certificate(authority.certificate).subject,
    subject: 'CN=dated',
    notBefore: day(fromDays),
    notAfter: day(toDays),
    publicKey,
    signingKey,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  return {
    key: String(KeyObject.from(own).export({ type: 'pkcs8', format: 'pem' })),
    certificate: `${certificate.toString('pem')}\n`,
  };
}
