import { expect, it } from 'vitest';
import { isPassword } from '../../../../src/standin/cloud/web/password.ts';
import { newDesk } from '../desk.ts';

it('who runs the Cloud makes a new password for who has lost it, and ends the sessions that are open', async () => {
  const { database, store, asked } = await newDesk();
  await database.commit(() => store.administrators.set('admin', 'the hash of another password'));
  store.sessions.add({ hash: 'a session', administrator: 'admin', expiresAt: '2999-01-01T00:00:00.000Z' });
  const { status, password } = await asked('POST', 'password');
  expect([status, await isPassword(password, store.administrators.passwordHashOf('admin'))]).toEqual([200, true]);
  expect(store.sessions.find('a session')).toBeUndefined();
});

it('who is signed in does not, nor for an administrator who is not there', async () => {
  const { database, store, asked } = await newDesk();
  await database.commit(() => store.administrators.set('admin', 'the hash'));
  expect((await asked('POST', 'password', {}, 'session')).status).toBe(403);
  expect((await asked('POST', 'password', { name: 'nobody' })).status).toBe(404);
  expect(store.administrators.passwordHashOf('admin')).toBe('the hash');
});
