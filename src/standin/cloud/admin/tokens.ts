import { refusal } from '../answer.ts';
import type { TokenView } from '../store/tokens.ts';
import { type AdminRoutes, nameIn, wrongField, wrongName } from './admin-route.ts';

export const tokenRoutes: AdminRoutes = {
  'GET spaces/{space}/tokens': ({ store }, _body, { space }) => ({
    status: 200,
    body: { tokens: store.tokens.inSpace(space).map(shown) },
  }),

  async 'POST spaces/{space}/tokens'({ store, onEvent }, body, { space }) {
    const name = nameIn(body);
    if (name === undefined) return wrongName;
    const { expiresAt, maximumClaims } = body;
    if (expiresAt !== undefined && !isLater(expiresAt))
      return wrongField('expiresAt', 'must be a time to come, as in 2030-01-31T12:00:00Z');
    if (maximumClaims !== undefined && !isCount(maximumClaims))
      return wrongField('maximumClaims', 'must be a whole number from 1 to 1000000');
    const made = await store.database.commit(() =>
      store.tokens.add({
        spaceId: space,
        name,
        ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
        ...(maximumClaims === undefined ? {} : { maximumClaims }),
      }),
    );
    onEvent({ kind: 'token', spaceId: space, tokenId: made.token.id, change: 'made' });
    return { status: 201, body: { token: shown(made.token), secret: made.secret } };
  },

  async 'POST spaces/{space}/tokens/{token}/regenerate'({ store, onEvent }, _body, { space, token }) {
    if (store.tokens.find(token)?.state === 'expired')
      return refusal(409, 'ErrTokenExpired', 'the time of the token is over, also with another secret; make a new token');
    const made = await store.database.commit(() => store.tokens.regenerate(token));
    onEvent({ kind: 'token', spaceId: space, tokenId: token, change: 'regenerated' });
    return { status: 200, body: { token: shown(made.token), secret: made.secret } };
  },

  async 'DELETE spaces/{space}/tokens/{token}'({ store, onEvent }, _body, { space, token }) {
    await store.database.commit(() => store.tokens.revoke(token));
    onEvent({ kind: 'token', spaceId: space, tokenId: token, change: 'revoked' });
    return { status: 204 };
  },
};

function shown({ spaceId, ...token }: TokenView): Omit<TokenView, 'spaceId'> {
  return token;
}

function isLater(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value) && Date.parse(value) > Date.now();
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000_000;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
