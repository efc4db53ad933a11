import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Desk, newDesk, nodeId } from '../desk.ts';
import { otherKeys } from '../test-cloud.ts';

const tokensOf = (desk: Desk) => `spaces/${desk.space}/tokens`;

async function newToken(desk: Desk, wanted: object = {}) {
  const { token: made, secret } = await desk.asked('POST', tokensOf(desk), { name: 'Shop', ...wanted });
  return { path: `${tokensOf(desk)}/${made.id}`, made, secret };
}

describe('a claim token', () => {
  it('is shown once, and claims nodes from then on', async () => {
    const desk = await newDesk();
    const { made, secret } = await newToken(desk);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(made).toMatchObject({ name: 'Shop', hint: secret.slice(-4), claims: 0, state: 'good' });
    expect(await desk.claimed(nodeId(1), { token: secret })).toBe('204');
    const listed = await desk.asked('GET', tokensOf(desk));
    expect(listed.tokens).toMatchObject([{ name: 'First token' }, { id: made.id, claims: 1, state: 'good' }]);
    expect(JSON.stringify([listed, desk.events])).not.toContain(secret);
  });

  it('is no longer good when it is revoked', async () => {
    const desk = await newDesk();
    const { path, secret } = await newToken(desk);
    expect((await desk.asked('DELETE', path)).status).toBe(204);
    expect(await desk.claimed(nodeId(1), { token: secret })).toBe('403 ErrForbidden');
    expect((await desk.asked('GET', tokensOf(desk))).tokens[1]).toMatchObject({ state: 'revoked' });
    expect(await desk.claimed(nodeId(1))).toBe('204');
  });

  it('gives way to the one that takes its place', async () => {
    const desk = await newDesk();
    const { path, secret } = await newToken(desk);
    const next = await desk.asked('POST', `${path}/regenerate`);
    expect(next.token).toMatchObject({ name: 'Shop', state: 'good' });
    expect(await desk.claimed(nodeId(1), { token: secret })).toBe('403 ErrForbidden');
    expect(await desk.claimed(nodeId(1), { token: next.secret })).toBe('204');
  });

  it('ends when its time is over', async () => {
    const desk = await newDesk();
    const expiresAt = new Date(Date.now() + 3600_000).toISOString();
    const { path, made, secret } = await newToken(desk, { expiresAt });
    expect(made).toMatchObject({ expiresAt, state: 'good' });
    expect(await desk.claimed(nodeId(1), { token: secret })).toBe('204');
    onTestFinished(() => void vi.useRealTimers());
    vi.setSystemTime(new Date(expiresAt));
    expect(await desk.claimed(nodeId(2), { token: secret })).toBe('403 ErrForbidden');
    expect((await desk.asked('GET', tokensOf(desk))).tokens[1]).toMatchObject({ state: 'expired' });
    expect(await desk.asked('POST', `${path}/regenerate`)).toMatchObject({ status: 409, errorMsgKey: 'ErrTokenExpired' });
  });

  it('claims no more nodes than it may, also when they come at the same time', async () => {
    const desk = await newDesk();
    const { secret } = await newToken(desk, { maximumClaims: 2 });
    const answers = await Promise.all([1, 2, 3, 4].map((number) => desk.claimed(nodeId(number), { token: secret })));
    expect(answers.sort()).toEqual(['204', '204', '403 ErrForbidden', '403 ErrForbidden']);
    expect((await desk.asked('GET', tokensOf(desk))).tokens[1]).toMatchObject({ claims: 2, state: 'used-up' });
  });

  it('is not counted for a node that comes again, nor for one that is refused', async () => {
    const desk = await newDesk();
    await desk.claimed(nodeId(1));
    await desk.claimed(nodeId(1));
    await desk.claimed(nodeId(1), { publicKey: otherKeys.publicKey });
    expect((await desk.asked('GET', tokensOf(desk))).tokens).toMatchObject([{ claims: 1 }]);
  });

  it('is not made with a field that is wrong, which the answer names', async () => {
    const desk = await newDesk();
    const wrong = [
      { expiresAt: 'tomorrow' },
      { expiresAt: '2020-01-01T00:00:00Z' },
      { maximumClaims: 0 },
      { maximumClaims: 1.5 },
    ];
    const answers = await Promise.all(wrong.map((fields) => desk.asked('POST', tokensOf(desk), { name: 'Shop', ...fields })));
    expect(answers.map(({ status, errorMessage }) => `${status} ${errorMessage}`)).toEqual([
      '422 expiresAt: must be a time to come, as in 2030-01-31T12:00:00Z',
      '422 expiresAt: must be a time to come, as in 2030-01-31T12:00:00Z',
      '422 maximumClaims: must be a whole number from 1 to 1000000',
      '422 maximumClaims: must be a whole number from 1 to 1000000',
    ]);
  });

  it('is found in its own space only', async () => {
    const desk = await newDesk();
    const { space } = await desk.asked('POST', 'spaces', { name: 'Other' });
    const { made } = await newToken(desk);
    expect((await desk.asked('DELETE', `spaces/${space.id}/tokens/${made.id}`)).status).toBe(404);
  });
});
