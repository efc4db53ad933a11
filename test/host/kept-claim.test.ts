import { expect, it } from 'vitest';
import { keptClaim } from '../../src/host/kept-claim.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const [first, second] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

it('the credentials that were kept last are found', async () => {
  const system = createFakeSystem({
    files: {
      '/state/unclaim-20260101T000000Z-a/claimed_id': first,
      '/state/unclaim-20260102T000000Z-b/cloud.conf': `[global]\n claimed_id = ${second}\n url = https://cloud.test\n`,
      '/state/unclaim-20260102T000000Z-b/cloud-ca.pem': 'PEM',
      '/state/unclaim-20260103T000000Z-c/token': 'only a token',
      '/state/claim-20260104T000000Z-d/claimed_id': first,
    },
  });
  expect(await keptClaim('/state', system)).toEqual({
    from: '/state/unclaim-20260102T000000Z-b',
    claim: { id: second, url: 'https://cloud.test', rooms: [] },
    ca: 'PEM',
  });
});

it('there are none without an unclaim', async () => {
  expect(await keptClaim('/state', createFakeSystem({}))).toBeUndefined();
});
