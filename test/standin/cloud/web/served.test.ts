import { describe, expect, it } from 'vitest';
import { admin, claim, newCloud, openTls, recordedId, request, type TestCloud } from '../test-cloud.ts';

async function signIn(cloud: TestCloud): Promise<{ cookie: string; csrf: string }> {
  const body = JSON.stringify({ name: 'admin', password: cloud.first.password });
  const { status, head } = await request(cloud, 'POST', '/standin/v1/sign-in', body);
  expect(status).toBe(204);
  const cookie = `Cookie: ${/^Set-Cookie: ([^;]+)/im.exec(head)?.[1]}\r\n`;
  const session = await request(cloud, 'GET', '/standin/v1/session', undefined, cookie);
  return { cookie, csrf: `X-CSRF-Token: ${JSON.parse(session.body).csrf}\r\n` };
}

/** Everything that is told from now on; resolves with it as soon as it contains `wanted`, or when it ends. */
function watch(cloud: TestCloud, headers: string): { until(wanted: string): Promise<string>; ended(): Promise<void> } {
  const socket = openTls(cloud);
  let text = '';
  let look = () => undefined as unknown;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (piece) => {
    text += piece;
    look();
  });
  socket.write(`GET /standin/v1/events HTTP/1.1\r\nHost: cloud.test\r\n${headers}\r\n`);
  return {
    until: (wanted) =>
      new Promise((resolve) => {
        look = () => text.includes(wanted) && resolve(text);
        look();
      }),
    ended: () => closed,
  };
}

describe('an administrator who is signed in', () => {
  it('does what the admin token does, with the CSRF token', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const { cookie, csrf } = await signIn(cloud);
    expect((await request(cloud, 'GET', '/standin/v1/nodes', undefined, cookie)).body).toContain(recordedId);
    const path = `/standin/v1/nodes/${recordedId}`;
    expect((await request(cloud, 'DELETE', path, undefined, cookie)).status).toBe(403);
    expect((await request(cloud, 'DELETE', path, undefined, cookie + csrf)).status).toBe(204);
  });

  it('is told what happens until the session is over, and never a secret', async () => {
    const cloud = await newCloud();
    const { cookie, csrf } = await signIn(cloud);
    const watched = watch(cloud, cookie);
    await watched.until('hello');
    await claim(cloud);
    const spaceId = cloud.first.space.id;
    const made = await admin(cloud, 'POST', `spaces/${spaceId}/tokens`, { name: 'One' });
    const text = await watched.until('"kind":"token"');
    expect(text).toContain(`"kind":"claimed","id":"${recordedId}"`);
    expect(text).not.toContain(JSON.parse(made.body).secret);
    expect((await request(cloud, 'POST', '/standin/v1/sign-out', undefined, cookie + csrf)).status).toBe(204);
    await watched.ended();
  });

  it('is told nothing more when somebody has made a new password', async () => {
    const cloud = await newCloud();
    const { cookie } = await signIn(cloud);
    const watched = watch(cloud, cookie);
    await watched.until('hello');
    expect((await admin(cloud, 'POST', 'password')).status).toBe(200);
    expect(await cloud.event('password')).toMatchObject({ administrator: 'admin' });
    await watched.ended();
  });

  it('stays signed in when the Cloud is started again', async () => {
    const cloud = await newCloud();
    const { cookie } = await signIn(cloud);
    await cloud.close();
    const again = await newCloud(cloud.dataDirectory);
    expect((await request(again, 'GET', '/standin/v1/session', undefined, cookie)).status).toBe(200);
  });
});

it('shows nothing but the page to who is not signed in', async () => {
  const cloud = await newCloud();
  for (const path of ['nodes', 'spaces', 'about', 'events', 'session', 'nothing']) {
    const { status, head } = await request(cloud, 'GET', `/standin/v1/${path}`);
    expect(status, path).toBe(401);
    expect(head).toContain('Cache-Control: no-store\r\n');
  }
});

it('keeps to its few headers where agents ask', async () => {
  const cloud = await newCloud();
  expect((await request(cloud, 'GET', '/api/v1/env?v=1.37.1')).head).not.toMatch(/Content-Security|Cache-Control|X-Content/);
  expect((await claim(cloud, { token: 'wrong' })).head).not.toMatch(/Content-Security|Cache-Control|X-Content/);
});
