import { describe, expect, it } from 'vitest';
import { claim } from '../../src/cloud/claim-client.ts';
import { Secret } from '../../src/system/secret.ts';
import { createFakeSystem, type FakeHttp, revealed } from '../support/fake-system.ts';

const url = 'https://cloud.example/base/api/v1/spaces/nodes/1d39de1a-e4ce-11f1-aeea-02fc00000001';
const request = {
  url: 'https://cloud.example/base',
  id: '1d39de1a-e4ce-11f1-aeea-02fc00000001',
  hostname: 'a "quoted" host',
  machineGuid: '2d39de1a-e4ce-11f1-aeea-02fc00000002',
  token: new Secret('T0KEN'),
  rooms: ['room-1', 'room-2'],
  publicKey: '-----BEGIN PUBLIC KEY-----\nfake\n-----END PUBLIC KEY-----\n',
};

function cloudThat(row: Omit<FakeHttp, 'url'>) {
  return createFakeSystem({ http: [{ method: 'PUT', url, ...row }] });
}

describe('a claim', () => {
  it('is one request, with all that the Cloud asks for', async () => {
    const system = cloudThat({ answer: { status: 204 } });
    await claim({ ...request, caFile: '/ca.pem' }, system);
    expect(system.requests).toHaveLength(1);
    expect(system.requests[0]).toMatchObject({ method: 'PUT', url, caFile: '/ca.pem', redirects: 'return' });
    expect(JSON.parse(revealed(system.requests[0]?.body) ?? '')).toEqual({
      node: { id: '1d39de1a-e4ce-11f1-aeea-02fc00000001', hostname: 'a "quoted" host' },
      token: 'T0KEN',
      rooms: ['room-1', 'room-2'],
      publicKey: '-----BEGIN PUBLIC KEY-----\nfake\n-----END PUBLIC KEY-----\n',
      mGUID: '2d39de1a-e4ce-11f1-aeea-02fc00000002',
    });
  });

  it('carries its token as a secret', async () => {
    const system = cloudThat({ answer: { status: 204 } });
    await claim(request, system);
    expect(JSON.stringify(system.requests)).not.toContain('T0KEN');
  });

  it('that is refused says by whom and why, and is not made again', async () => {
    const system = cloudThat({ answer: { status: 403, body: '{"errorMsgKey":"ErrForbidden"}' } });
    await expect(claim(request, system)).rejects.toMatchObject({
      code: 'CLAIM_TOKEN_INVALID',
      what: 'Failed to claim this node.',
      why: 'https://cloud.example/base answered: the claim token is expired, not found, or invalid.',
    });
    expect(system.requests).toHaveLength(1);
  });

  it('says nothing of the Cloud when it was the user who stopped it', async () => {
    const system = cloudThat({ failure: 'other' });
    const stopped = AbortSignal.abort(new Error('stopped by the user'));
    await expect(claim(request, system, stopped)).rejects.toThrow(/^stopped by the user$/);
  });

  it('does not follow a redirect, which would take the token to another server', async () => {
    const system = cloudThat({ answer: { status: 307, headers: { location: 'https://elsewhere.example/' } } });
    await expect(claim(request, system)).rejects.toMatchObject({ code: 'CLAIM_ANSWER_UNKNOWN' });
    expect(system.requests).toHaveLength(1);
  });

  it.each([
    ['tls-untrusted', 'If the Cloud has a certificate of a private CA, name the file with it: --ca-file FILE.'],
    ['name-not-found', 'Check the name in --claim-url, and that this machine can resolve it.'],
    ['refused', 'Check --claim-url, the firewall and the proxy, and claim again.'],
    ['timeout', 'Check --claim-url, the firewall and the proxy, and claim again.'],
    ['closed', 'Check --claim-url, the firewall and the proxy, and claim again.'],
    ['tls', 'Check --claim-url, the firewall and the proxy, and claim again.'],
    ['too-large', 'Check --claim-url, the firewall and the proxy, and claim again.'],
    ['other', 'Check --claim-url, the firewall and the proxy, and claim again.'],
  ] as const)('without an answer (%s) says what to do, and is not made again', async (failure, next) => {
    const system = cloudThat({ failure });
    await expect(claim(request, system)).rejects.toMatchObject({
      code: 'CLAIM_UNREACHABLE',
      why: `There was no answer to the claim: The test says ${failure} (${url}).`,
      next,
    });
    expect(system.requests).toHaveLength(1);
  });
});
