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

  it('is asked in the way that the claim will go', async () => {
    const system = cloudThat({});
    await cloudUnreachable({ url, caFile: '/ca.pem', insecure: true, proxy: 'none' }, system);
    expect(system.requests).toMatchObject([{ caFile: '/ca.pem', insecure: true, proxy: 'none' }]);
  });

  it.each([
    ['refused', /^Check the host and port in --claim-url/],
    ['name-not-found', /^Check the name in --claim-url/],
    ['timeout', /^Check --claim-url, the firewall and the proxy\./],
    ['tls-untrusted', /--ca-file FILE/],
    ['tls-expired', /^Check the clock/],
    ['proxy-login', /^Check user and password of the proxy/],
  ] as const)('that cannot be reached (%s) is a reason to stop before anything is changed', async (failure, next) => {
    const refusal = await cloudUnreachable({ url }, cloudThat({ failure }));
    expect(refusal).toMatchObject({
      code: 'CLAIM_URL_UNREACHABLE',
      state: 'refused',
      why: `The test says ${failure} (https://cloud.example).`,
      next: expect.stringMatching(next),
    });
  });
});
