import { refusal } from '../answer.ts';
import { randomSecret } from '../secrets.ts';
import { hashPassword } from '../web/password.ts';
import type { AdminRoutes } from './admin-route.ts';

export const administratorRoutes: AdminRoutes = {
  /** A new password, for who has lost the one that the first start has shown. Ends the sessions that are open. */
  async 'POST password'({ store, onEvent }, { name = 'admin' }, { by }) {
    // A session that was left open must not become one for ever.
    if (by !== 'token') return refusal(403, 'ErrForbidden', 'only the admin token makes a new password');
    if (typeof name !== 'string' || store.administrators.passwordHashOf(name) === undefined)
      return refusal(404, 'ErrNotFound', 'there is no administrator of this name');
    const password = randomSecret().slice(0, 24);
    const hash = await hashPassword(password);
    await store.database.commit(() => store.administrators.set(name, hash));
    onEvent({ kind: 'password', administrator: name });
    return { status: 200, body: { name, password } };
  },
};
