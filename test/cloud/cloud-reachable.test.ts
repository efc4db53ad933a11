import { describe, expect, it } from 'vitest';
import { cloudUnreachable } from '../../src/cloud/cloud-reachable.ts';
import { createFakeSystem, type FakeHttp } from '../support/fake-system.ts';

const url = 'https://cloud.example';

function cloudThat(row: Omit<FakeHttp, 'url'>) {
  return createFakeSystem({ http: [{ method: 'GET', url, ...row }] });
}

describe('a Cloud', () => {
  it.each([200, 302, 404, 503])('that answers with %i is there', async (status) => {
    expect(await cloudUnreachable({ url }, cloudThat({ answer: { status } }))).toBeUndefined();
  });

  it('that answers with a page without end is there', async () => {
    expect(await cloudUnreachable({ url }, cloudThat({ failure: 'too-large' }))).toBeUndefined();
  });

  it('is asked with the CA that the user named', async () => {
    const system = cloudThat({});
    await cloudUnreachable({ url, caFile: '/ca.pem' }, system);
    expect(system.requests).toMatchObject([{ caFile: '/ca.pem' }]);
  });

  it.each([
    ['refused', /^Check --claim-url, the firewall and the proxy; or leave out the --claim-\* options/],
    ['name-not-found', /^Check --claim-url/],
    ['timeout', /^Check --claim-url/],
    ['tls-untrusted', /--ca-file FILE/],
  ] as const)('that cannot be reached (%s) is a reason to stop before anything is changed', async (failure, next) => {
    expect(await cloudUnreachable({ url }, cloudThat({ failure }))).toMatchObject({
      code: 'CLAIM_URL_UNREACHABLE',
      state: 'refused',
      why: `The test says ${failure} (https://cloud.example).`,
      next: expect.stringMatching(next),
    });
  });
});
