import { expect, it } from 'vitest';
import { createSessions } from '../../../../src/standin/cloud/web/sessions.ts';
import { newSessionStore } from './session-store.ts';

const hour = 3600_000;

it('lives for twelve hours from when it was last used', () => {
  let now = Date.parse('2026-11-21T08:00:00Z');
  const store = newSessionStore();
  const sessions = createSessions(store, () => now);
  const secret = sessions.begin('admin');
  now += 11 * hour;
  const session = sessions.find(secret);
  if (session === undefined) throw new Error('The session is over.');
  expect(session.administrator).toBe('admin');
  now += 11 * hour;
  expect(sessions.isOpen(session.hash)).toBe(true);
  expect(sessions.find(secret)).toEqual(session);
  now += 12 * hour;
  expect(sessions.isOpen(session.hash)).toBe(false);
  expect(sessions.find(secret)).toBeUndefined();
});

it('is not written at every use', () => {
  let now = Date.parse('2026-11-21T08:00:00Z');
  const store = newSessionStore();
  const sessions = createSessions(store, () => now);
  const secret = sessions.begin('admin');
  const expiries = () => [...store.rows.values()].map(({ expiresAt }) => expiresAt);
  now += 59_000;
  sessions.find(secret);
  expect(expiries()).toEqual(['2026-11-21T20:00:00.000Z']);
  now += 2_000;
  sessions.find(secret);
  expect(expiries()).toEqual(['2026-11-21T20:01:01.000Z']);
});

it('is kept in a form that nobody can use', () => {
  const store = newSessionStore();
  const sessions = createSessions(store);
  const secret = sessions.begin('admin');
  const csrf = sessions.find(secret)?.csrf ?? '';
  const kept = JSON.stringify([...store.rows]);
  expect(csrf).toMatch(/^[0-9a-f]{64}$/);
  expect(kept).not.toContain(secret);
  expect(kept).not.toContain(csrf);
});

it('forgets what is over when somebody signs in', () => {
  let now = Date.parse('2026-11-21T08:00:00Z');
  const store = newSessionStore();
  const sessions = createSessions(store, () => now);
  sessions.begin('admin');
  now += 13 * hour;
  sessions.begin('admin');
  expect(store.rows.size).toBe(1);
});
