import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Answer } from '../../../../src/standin/cloud/answer.ts';
import { createWeb, type Web } from '../../../../src/standin/cloud/web/web.ts';
import { newSessionStore } from './session-store.ts';

const adminToken = 'a'.repeat(64);
// Of 'correct horse', cheaper than those that are kept.
const passwordHash = 'scrypt$1024$8$1$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF-uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M';

const about = () => ({
  url: 'https://127.0.0.1:8443',
  version: '1',
  caFile: '/ca.pem',
  caPem: 'PEM',
  kickstart: 'kickstart',
  standIn: true as const,
});

/** Where refusals wait in no time, and `waits` has for how long they would have; or in which they never come. */
function newWeb(waits: number[] | 'for ever' = []): Web {
  const wait = async (milliseconds: number) => (waits === 'for ever' ? new Promise(() => {}) : waits.push(milliseconds));
  const passwordHashOf = (name: string) => (name === 'admin' ? passwordHash : undefined);
  const web = createWeb({ adminToken, passwordHashOf, sessionStore: newSessionStore(), about, wait });
  onTestFinished(() => web.close());
  return web;
}

async function ask(web: Web, line: string, headers: IncomingHttpHeaders = {}, body?: object | string): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const route = web.find({ method, path, headers, address: '192.0.2.1' });
  if (route === undefined || route.take !== undefined) throw new Error(`${line} is not answered.`);
  return route.answer(Buffer.from(typeof body === 'object' ? JSON.stringify(body) : (body ?? '')));
}

function signIn(web: Web, password = 'correct horse', name = 'admin', headers: IncomingHttpHeaders = {}): Promise<Answer> {
  return ask(web, 'POST /standin/v1/sign-in', headers, { name, password });
}

async function signedIn(web: Web): Promise<{ cookie: string; csrf: string }> {
  const cookie = (await signIn(web)).headers?.['Set-Cookie']?.split(';')[0] ?? '';
  const { body } = await ask(web, 'GET /standin/v1/session', { cookie });
  return { cookie, csrf: Object(body).csrf };
}

function access(web: Web, line: string, headers: IncomingHttpHeaders): number | string {
  const [method = '', path = ''] = line.split(' ');
  const who = web.access({ method, path, headers, address: '192.0.2.1' });
  return 'status' in who ? who.status : who.by;
}

describe('signing in', () => {
  it('gives a cookie that scripts, other sites and plain HTTP do not get', async () => {
    const answer = await signIn(newWeb());
    expect(answer.status).toBe(204);
    expect(answer.headers?.['Set-Cookie']).toMatch(
      /^kickstart_session=[0-9a-f]{64}; HttpOnly; Secure; SameSite=Strict; Path=\/$/,
    );
  });

  it('answers the same for an unknown name and for a wrong password', async () => {
    const web = newWeb();
    const wrong = await signIn(web, 'wrong');
    expect(wrong).toMatchObject({ status: 401, body: { errorMessage: 'the name or the password is wrong' } });
    expect(await signIn(web, 'correct horse', 'nobody')).toEqual(wrong);
    expect(await signIn(web, '', '__proto__')).toEqual(wrong);
  });

  it('refuses five wrong tries without delay and others late, and forgets them when one is right', async () => {
    const waits: number[] = [];
    const web = newWeb(waits);
    for (const expected of [[], [2000, 2000]]) {
      for (let count = 0; count < 5 + expected.length; count++) expect((await signIn(web, 'wrong')).status).toBe(401);
      expect(waits).toEqual(expected);
      expect((await signIn(web)).status).toBe(204);
    }
  });

  it('lets the administrator in at once while wrong tries from the same address wait for their refusal', async () => {
    const web = newWeb('for ever');
    for (let count = 0; count < 40; count++) void signIn(web, 'wrong');
    expect((await signIn(web)).status).toBe(204);
  });

  it('counts the tries of names that are none, and of other accounts, apart', async () => {
    const waits: number[] = [];
    const web = newWeb(waits);
    for (let count = 0; count < 8; count++) await signIn(web, 'wrong', `made up ${count}`);
    expect(waits).toEqual([2000, 2000, 2000]);
    expect((await signIn(web, 'wrong')).status).toBe(401);
    expect(waits).toEqual([2000, 2000, 2000]);
  });

  it('is refused to another site, and to what is no name and password', async () => {
    const web = newWeb();
    const host = '127.0.0.1:8443';
    expect((await signIn(web, undefined, undefined, { host, origin: 'https://127.0.0.1:9999' })).status).toBe(403);
    expect((await signIn(web, undefined, undefined, { host, origin: 'null' })).status).toBe(403);
    expect((await signIn(web, undefined, undefined, { host, origin: 'https://127.0.0.1:8443' })).status).toBe(204);
    expect((await ask(web, 'POST /standin/v1/sign-in', {}, 'rubbish')).status).toBe(422);
    expect((await ask(web, 'POST /standin/v1/sign-in', {}, { name: ['admin'], password: {} })).status).toBe(422);
  });
});

describe('a session', () => {
  it('reads with its cookie alone, and changes only with its CSRF token', async () => {
    const web = newWeb();
    const { cookie, csrf } = await signedIn(web);
    expect(access(web, 'GET /standin/v1/nodes', { cookie })).toBe('session');
    expect(access(web, 'DELETE /standin/v1/nodes/x', { cookie })).toBe(403);
    expect(access(web, 'DELETE /standin/v1/nodes/x', { cookie, 'x-csrf-token': 'f'.repeat(64) })).toBe(403);
    expect(access(web, 'DELETE /standin/v1/nodes/x', { cookie, 'x-csrf-token': csrf })).toBe('session');
  });

  it('is not what nobody was given', async () => {
    const web = newWeb();
    const { cookie, csrf } = await signedIn(web);
    expect(access(web, 'GET /standin/v1/nodes', {})).toBe(401);
    expect(access(web, 'GET /standin/v1/nodes', { cookie: `kickstart_session=${'0'.repeat(64)}` })).toBe(401);
    expect(access(web, 'GET /standin/v1/nodes', { cookie: `kickstart_session=${csrf}` })).toBe(401);
    // A wrong token is not saved by a good cookie.
    expect(access(web, 'GET /standin/v1/nodes', { cookie, authorization: 'Bearer wrong' })).toBe(401);
    expect(access(web, 'DELETE /standin/v1/nodes/x', { authorization: `Bearer ${adminToken}` })).toBe('token');
  });

  it('is found by no cookie or header that was made up', () => {
    const web = newWeb();
    const made = fc.oneof(fc.string(), fc.constantFrom('kickstart_session=', '__proto__'));
    fc.assert(
      fc.property(made, made, made, (cookie, authorization, csrf) => {
        const headers = { cookie: `${cookie}; kickstart_session=${cookie}`, authorization, 'x-csrf-token': csrf };
        expect(access(web, 'DELETE /standin/v1/nodes/x', headers)).toBe(401);
        expect(access(web, 'GET /standin/v1/nodes', { cookie: headers.cookie })).toBe(401);
      }),
    );
  });

  it('is over when it is signed out of', async () => {
    const web = newWeb();
    const { cookie, csrf } = await signedIn(web);
    expect((await ask(web, 'POST /standin/v1/sign-out', { cookie })).status).toBe(403);
    const answer = await ask(web, 'POST /standin/v1/sign-out', { cookie, 'x-csrf-token': csrf });
    expect(answer.headers?.['Set-Cookie']).toContain('kickstart_session=; ');
    expect((await ask(web, 'GET /standin/v1/session', { cookie })).status).toBe(401);
  });
});

describe('the files of the page', () => {
  it('are those of a table, whatever the path tries', async () => {
    const web = newWeb();
    expect((await ask(web, 'GET /')).headers?.['Content-Type']).toBe('text/html; charset=utf-8');
    expect((await ask(web, 'GET /page/main.js')).headers?.['Content-Type']).toBe('text/javascript; charset=utf-8');
    for (const path of ['/page/', '/page/../page.ts', '/page/%2e%2e/page.ts', '/page/__proto__', '/page/index.html', '/page'])
      expect(web.find({ method: 'GET', path, headers: {}, address: '' }), path).toBeUndefined();
    expect(web.find({ method: 'GET', path: '/standin/v1/__proto__', headers: {}, address: '' })).toBeUndefined();
  });

  it('say what a browser may do with them, and are sent once', async () => {
    const web = newWeb();
    const { headers = {} } = await ask(web, 'GET /');
    expect(headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' });
    expect(headers['Content-Security-Policy']).toContain("default-src 'self'; frame-ancestors 'none'");
    expect((await ask(web, 'GET /', { 'if-none-match': headers.ETag ?? '' })).status).toBe(304);
  });
});
