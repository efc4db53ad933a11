import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newAuthority, newServer } from '../../src/standin/cloud/certificate.ts';
import { createHttp } from '../../src/system/http.ts';
import { Secret } from '../../src/system/secret.ts';
import { serve, serveProxy, serveSocks, serveTcp } from '../support/loopback-server.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const authority = await newAuthority();
const pair = await newServer(authority, ['cloud.test', '127.0.0.1', 'localhost']);
const hasty = { connectMilliseconds: 300 };
// A name that no resolver has to be asked about: its first part is too long.
const noName = `${'x'.repeat(64)}.test`;

function caFile(): string {
  const path = `${scratchDirectory()}/ca.pem`;
  writeFileSync(path, authority.certificate);
  return path;
}

function server(): Promise<string> {
  return serve((_, response) => response.end('arrived'), pair);
}

async function failure(proxy: string, url = 'https://cloud.test/'): Promise<Record<string, unknown>> {
  const { get } = createHttp({}, hasty);
  return get({ url, proxy: new Secret(proxy) }).then(
    ({ status }) => ({ status }),
    (error) => error,
  );
}

describe('the proxy of one request', () => {
  it('is used whatever the environment says, also for this machine itself', async () => {
    const url = await server();
    const proxy = await serveProxy(url);
    const { get } = createHttp({ https_proxy: 'http://127.0.0.1:1', no_proxy: '*' });
    const answer = await get({ url: 'https://localhost/x', caFile: caFile(), proxy: new Secret(proxy.url) });
    expect(answer).toMatchObject({ body: 'arrived', proxyHttpVersion: '1.0' });
    expect(proxy.seen).toEqual(['CONNECT localhost:443']);
  });

  it('can be none, whatever the environment says', async () => {
    const { get } = createHttp({ https_proxy: 'http://127.0.0.1:1' });
    await expect(get({ url: `https://${noName}/`, proxy: 'none' })).rejects.toMatchObject({ reason: 'name-not-found' });
  });

  it('gets its user and password decoded, over HTTP', async () => {
    const proxy = await serveProxy(await serve((_, response) => response.end('plain')));
    const { get } = createHttp({});
    for (const login of ['us%40er:p%40ss%3A1', 'user:100%'])
      await get({ url: 'http://cloud.test/', proxy: new Secret(proxy.url.replace('//', `//${login}@`)) });
    expect(proxy.seen).toEqual([
      `GET http://cloud.test/ Basic ${Buffer.from('us@er:p@ss:1').toString('base64')}`,
      `GET http://cloud.test/ Basic ${Buffer.from('user:100%').toString('base64')}`,
    ]);
  });

  it('gets a user who has no password, also from the environment', async () => {
    const proxy = await serveProxy(await serve((_, response) => response.end('plain')));
    const url = proxy.url.replace('//', '//us%40er@');
    await createHttp({}).get({ url: 'http://cloud.test/', proxy: new Secret(url) });
    await createHttp({ http_proxy: url }).get({ url: 'http://cloud.test/' });
    const asked = `GET http://cloud.test/ Basic ${Buffer.from('us@er:').toString('base64')}`;
    expect(proxy.seen).toEqual([asked, asked]);
  });

  it('gets a user who has no password, when it is asked for a tunnel', async () => {
    let asked = '';
    const port = await serveTcp((socket) =>
      socket.once('data', (bytes) => {
        asked = String(bytes);
        socket.end('HTTP/1.1 407 No\r\n\r\n');
      }),
    );
    expect(await failure(`http://user@127.0.0.1:${port}`)).toMatchObject({ reason: 'proxy-login' });
    expect(asked).toContain(`proxy-authorization: Basic ${Buffer.from('user:').toString('base64')}\r\n`);
  });

  it('gets a user who has no password, over SOCKS5', async () => {
    const socks = await serveSocks(await server(), { login: { user: 'user', password: '' } });
    const proxy = new Secret(socks.url.replace('//', '//user@'));
    expect((await createHttp({}).get({ url: 'https://cloud.test/', caFile: caFile(), proxy })).body).toBe('arrived');
  });

  it('gets its user and password decoded, over SOCKS5', async () => {
    const url = await server();
    const socks = await serveSocks(url, { login: { user: 'us@er', password: 'p@ss:1' } });
    const { get } = createHttp({});
    const proxy = new Secret(socks.url.replace('//', '//us%40er:p%40ss%3A1@'));
    expect((await get({ url: 'https://cloud.test/', caFile: caFile(), proxy })).body).toBe('arrived');
    expect(socks.seen).toEqual(['cloud.test']);
  });

  it('is asked for an address when the name is resolved here, which is what socks5 means', async () => {
    const url = await server();
    const socks = await serveSocks(url);
    const { get } = createHttp({});
    const proxy = new Secret(socks.url.replace('socks5h', 'socks5'));
    expect((await get({ url: url.replace('127.0.0.1', 'localhost'), caFile: caFile(), proxy })).body).toBe('arrived');
    expect(socks.seen).toEqual(['127.0.0.1']);
    await expect(get({ url: `https://${noName}/`, proxy })).rejects.toMatchObject({ reason: 'name-not-found' });
  });

  it('may want TLS itself', async () => {
    const url = await server();
    const onward = await serve(() => undefined, pair);
    const { get } = createHttp({}, hasty);
    // A server that is no proxy: it closes on CONNECT, after the handshake that trusts the same file.
    await expect(get({ url, caFile: caFile(), proxy: new Secret(onward) })).rejects.toMatchObject({ reason: 'proxy-refused' });
    await expect(get({ url, proxy: new Secret(onward) })).rejects.toMatchObject({ reason: 'proxy-unreachable' });
  });
});

describe('a proxy that does not serve', () => {
  it.each([
    [
      'is down',
      'http://user:hunter2@127.0.0.1:1',
      'proxy-unreachable',
      'The proxy 127.0.0.1:1 cannot be reached: connect ECONNREFUSED',
    ],
    ['is down, SOCKS', 'socks5h://user:hunter2@127.0.0.1:1', 'proxy-unreachable', 'The proxy 127.0.0.1:1 cannot be reached'],
    ['has no address', `http://user:hunter2@${noName}:1`, 'proxy-unreachable', 'cannot be reached: getaddrinfo'],
    [
      'is none',
      'gopher://user:hunter2@127.0.0.1:1',
      'other',
      'The proxy that was given is not an http, https, socks5 or socks5h URL',
    ],
  ])('%s: says so, and not the password', async (_, proxy, reason, message) => {
    const error = await failure(proxy);
    expect(error).toMatchObject({ reason, phase: 'connecting', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('hunter2');
    const plain = await failure(proxy, 'http://cloud.test/');
    expect(plain).toMatchObject({ reason, phase: 'connecting', message: expect.stringContaining(message) });
    expect(String(plain)).not.toContain('hunter2');
  });

  it.each([
    [407, 'proxy-login', 'wants a user and password (407)'],
    [401, 'proxy-login', 'wants a user and password (401)'],
    [403, 'proxy-refused', 'does not lead to the server: it answers 403'],
    [503, 'proxy-refused', 'does not lead to the server: it answers 503'],
    [200, 'proxy-refused', 'broke off'],
  ])('answers CONNECT with %i', async (status, reason, message) => {
    const text = status === 200 ? 'SSH-2.0-OpenSSH_9.2\r\n\r\n' : `HTTP/1.1 ${status} Thing\r\nContent-Length: 0\r\n\r\n`;
    const port = await serveTcp((socket) => socket.once('data', () => socket.end(text)));
    const error = await failure(`http://127.0.0.1:${port}`);
    expect(error).toMatchObject({ reason, phase: 'connecting', message: expect.stringContaining(message) });
  });

  it('does not accept the password, over HTTP', async () => {
    const port = await serveTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n')),
    );
    const error = await failure(`http://user:hunter2@127.0.0.1:${port}`);
    expect(error).toMatchObject({
      reason: 'proxy-login',
      message: expect.stringContaining('does not accept the user and password'),
    });
    expect(await failure(`http://user:hunter2@127.0.0.1:${port}`, 'http://cloud.test/')).toMatchObject({
      reason: 'proxy-login',
      phase: 'connecting',
      message: `The proxy 127.0.0.1:${port} does not accept the user and password (407) (http://cloud.test/)`,
    });
    expect(String(error)).not.toContain('hunter2');
  });

  it.each([
    ['wants a password', {}, '', 'proxy-login', 'wants a user and password'],
    ['does not accept the password', {}, 'user:wrong@', 'proxy-login', 'does not accept the user and password'],
    ['forbids the connection', { reply: 2 }, 'user:hunter2@', 'proxy-refused', 'its rules forbid the connection'],
    ['cannot reach the server', { reply: 5 }, 'user:hunter2@', 'proxy-refused', 'the server refuses the connection'],
    ['says something new', { reply: 99 }, 'user:hunter2@', 'proxy-refused', 'reply 99'],
  ])('%s, over SOCKS5', async (_, manner, login, reason, message) => {
    const socks = await serveSocks('http://127.0.0.1:1', { login: { user: 'user', password: 'hunter2' }, ...manner });
    const error = await failure(socks.url.replace('//', `//${login}`));
    expect(error).toMatchObject({ reason, phase: 'connecting', message: expect.stringContaining(message) });
    expect(String(error)).not.toMatch(/hunter2|wrong/);
  });

  it.each([
    ['http', 'closes at once', 'proxy-refused'],
    ['socks5h', 'closes at once', 'proxy-refused'],
    ['http', 'says nothing', 'timeout'],
    ['socks5h', 'says nothing', 'timeout'],
    ['socks5h', 'does not speak SOCKS', 'proxy-refused'],
  ])('%s %s', async (scheme, manner, reason) => {
    const port = await serveTcp((socket) => {
      if (manner === 'closes at once') socket.end();
      if (manner.startsWith('does not')) socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    expect(await failure(`${scheme}://127.0.0.1:${port}`)).toMatchObject({ reason, phase: 'connecting' });
  });

  it('is not waited for when the run is stopped', async () => {
    const stop = new AbortController();
    const closed = Promise.withResolvers<void>();
    const port = await serveTcp((socket) => {
      socket.on('close', () => closed.resolve()).resume();
      stop.abort(new Error('stopped by the user'));
    });
    const { send } = createHttp({});
    const proxy = new Secret(`socks5h://127.0.0.1:${port}`);
    await expect(send({ method: 'PUT', url: 'https://cloud.test/', proxy }, stop.signal)).rejects.toThrow('stopped by the user');
    await closed.promise;
  });
});

describe('how far an exchange came', () => {
  it('is known for a failure in each phase', async () => {
    const { get } = createHttp({}, { ...hasty, headersMilliseconds: 100, silenceMilliseconds: 100 });
    const cut = await serve(
      (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy()),
    );
    const closes = await serve((request) => request.socket.destroy());
    const silent = await serve(() => undefined);
    const stalls = await serve((_, response) => void response.writeHead(200).write('x'));
    const noTls = await serveTcp((socket) => socket.once('data', () => socket.destroy()));
    const phases = await Promise.all(
      [cut, closes, silent, stalls, `https://127.0.0.1:${noTls}`, 'http://127.0.0.1:1'].map((url) =>
        get({ url }).catch(({ phase, reason }) => `${phase}: ${reason}`),
      ),
    );
    expect(phases).toEqual([
      'reading: closed',
      'waiting: closed',
      'waiting: timeout',
      'reading: timeout',
      'connecting: closed',
      'connecting: refused',
    ]);
  });

  it('is known when its whole time is over', async () => {
    const { get } = createHttp({});
    const silent = await serve(() => undefined);
    const noHandshake = await serveTcp((socket) => socket.resume());
    const late = (url: string) => get({ url, timeoutSeconds: 0.2 }).catch(({ phase, reason }) => `${phase}: ${reason}`);
    expect(await late(silent)).toBe('waiting: timeout');
    expect(await late(`https://127.0.0.1:${noHandshake}`)).toBe('connecting: timeout');
  });
});

it('looks at no certificate when it is told so', async () => {
  const other = await newServer(await newAuthority(), ['elsewhere.test']);
  const url = await serve((_, response) => response.end('unseen'), other);
  const { get } = createHttp({});
  expect((await get({ url, insecure: true })).body).toBe('unseen');
  await expect(get({ url })).rejects.toMatchObject({ reason: 'tls-untrusted' });
});
