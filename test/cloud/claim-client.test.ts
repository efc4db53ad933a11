import { describe, expect, it } from 'vitest';
import { claim } from '../../src/cloud/claim-client.ts';
import { Secret } from '../../src/system/secret.ts';
import { HttpFailure, type HttpFailureReason, type HttpPhase } from '../../src/system/system.ts';
import { createFakeSystem, type FakeAnswer, type FakeHttp, type FakeSystem, revealed } from '../support/fake-system.ts';

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

/** A Cloud that gives these answers, one after the other; a failure is thrown. */
function cloudOf(...answers: readonly (FakeAnswer | HttpFailure)[]): FakeSystem {
  let next = 0;
  return cloudThat({
    answer: () => {
      const answer = answers[next++];
      if (answer === undefined) throw new Error('The test has no further answer');
      if (answer instanceof HttpFailure) throw answer;
      return answer;
    },
  });
}

function failure(reason: HttpFailureReason, phase?: HttpPhase): HttpFailure {
  return new HttpFailure(reason, url, `The test says ${reason}`, undefined, phase);
}

async function heard(system: FakeSystem, changes: object = {}) {
  const said: string[] = [];
  const result = await claim({ ...request, ...changes, progress: (text) => said.push(text) }, system).catch((error) => error);
  return { said, result, sleeps: system.calls.filter((call) => call.startsWith('sleep')), sent: system.requests.length };
}

describe('a claim', () => {
  it('is one request, with all that the Cloud asks for', async () => {
    const system = cloudThat({ answer: { status: 204 } });
    await claim({ ...request, caFile: '/ca.pem', insecure: true, proxy: 'none' }, system);
    expect(system.requests).toHaveLength(1);
    expect(system.requests[0]).toMatchObject({
      method: 'PUT',
      url,
      caFile: '/ca.pem',
      insecure: true,
      proxy: 'none',
      redirects: 'return',
    });
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
    const system = cloudThat({ answer: { status: 307, headers: { location: 'https://elsewhere.example/T0KEN' } } });
    await expect(claim(request, system)).rejects.toMatchObject({
      code: 'CLAIM_REDIRECTED',
      why: 'https://cloud.example/base answers with a redirect to https://elsewhere.example/[hidden].',
    });
    expect(system.requests).toHaveLength(1);
  });

  it('never shows the token, the password in the URL, or a key of the answer that holds them', async () => {
    const system = createFakeSystem({
      http: [{ url: /./, answer: { status: 422, body: '{"errorMsgKey":"Err-T0KEN"}' } }],
    });
    const { said, result } = await heard(system, { url: 'https://user:hunter2@cloud.example', verbose: true });
    expect(result.why).toBe(
      'https://cloud.example answered with status 422 and the error "Err-[hidden]", which kickstart does not know.',
    );
    expect([...said, String(result)].join('\n')).not.toMatch(/T0KEN|hunter2/);
  });

  it('can be watched, without its secrets', async () => {
    const { said } = await heard(cloudThat({ answer: { status: 204 } }), {
      verbose: true,
      proxy: new Secret('http://user:hunter2@proxy.example:3128'),
      caFile: '/ca.pem',
      insecure: true,
    });
    expect(said).toEqual([
      'PUT https://cloud.example/base/api/v1/spaces/nodes/1d39de1a-e4ce-11f1-aeea-02fc00000001 through the given proxy; host name a "quoted" host, rooms room-1, room-2; machine GUID 2d39de1a-e4ce-11f1-aeea-02fc00000002, token and key not shown; trusting /ca.pem; the certificate is not looked at',
      'answered: status 204, claimed',
    ]);
  });
});

describe('a claim without an answer', () => {
  it.each([
    ['name-not-found', 'connecting', 'CLAIM_NAME_NOT_FOUND', 3],
    ['refused', 'connecting', 'CLAIM_CONNECTION_REFUSED', 3],
    ['timeout', 'connecting', 'CLAIM_CONNECT_TIMEOUT', 3],
    ['closed', 'connecting', 'CLAIM_TLS_FAILED', 3],
    ['proxy-unreachable', 'connecting', 'CLAIM_PROXY_UNREACHABLE', 3],
    ['proxy-login', 'connecting', 'CLAIM_PROXY_LOGIN', 1],
    ['proxy-refused', 'connecting', 'CLAIM_PROXY_REFUSED', 1],
    ['tls', 'connecting', 'CLAIM_TLS_FAILED', 1],
    ['tls-untrusted', 'connecting', 'CLAIM_TLS_UNTRUSTED', 1],
    ['tls-wrong-name', 'connecting', 'CLAIM_TLS_WRONG_NAME', 1],
    ['tls-expired', 'connecting', 'CLAIM_TLS_EXPIRED', 1],
    ['invalid-url', 'connecting', 'CLAIM_UNREACHABLE', 1],
    ['other', 'connecting', 'CLAIM_UNREACHABLE', 1],
    ['timeout', 'waiting', 'CLAIM_ANSWER_MISSING', 1],
    ['closed', 'waiting', 'CLAIM_ANSWER_EMPTY', 1],
    ['not-http', 'waiting', 'CLAIM_ANSWER_NOT_HTTP', 1],
    ['other', 'waiting', 'CLAIM_UNREACHABLE', 1],
    ['refused', 'waiting', 'CLAIM_CONNECTION_REFUSED', 1],
    ['timeout', 'reading', 'CLAIM_ANSWER_CUT', 1],
    ['closed', 'reading', 'CLAIM_ANSWER_CUT', 1],
    ['too-large', 'reading', 'CLAIM_ANSWER_TOO_LONG', 1],
  ] as const)('%s while %s is %s, after %i attempts', async (reason, phase, code, attempts) => {
    const system = cloudOf(...Array<HttpFailure>(attempts).fill(failure(reason, phase)));
    const { result, sent, sleeps } = await heard(system);
    expect(result).toMatchObject({
      code,
      what: 'Failed to claim this node.',
      why: expect.stringContaining(`The test says ${reason}`),
    });
    expect(sent).toBe(attempts);
    expect(sleeps).toEqual(attempts === 3 ? ['sleep 1000', 'sleep 2000'] : []);
  });

  it('that may have arrived says so, and what a repetition means', async () => {
    const { result } = await heard(cloudOf(failure('timeout', 'waiting')), { machineGuid: request.id });
    expect(result).toMatchObject({
      why: `The claim was sent, and there was no answer: The test says timeout (${url}).`,
      next: 'The claim may have arrived. Claim again: the same id with the same key is the same claim. If the Cloud then calls the node claimed already, look whether it is in your space.',
    });
  });

  it.each([['waiting'], ['reading'], [504]] as const)(
    'that may have arrived (%s) names the id, when it is not the usual one',
    async (how) => {
      const { result } = await heard(cloudOf(typeof how === 'number' ? { status: how } : failure('timeout', how)));
      expect(result.next).toMatch(
        / The id is 1d39de1a-e4ce-11f1-aeea-02fc00000001: --claim-id 1d39de1a-e4ce-11f1-aeea-02fc00000001\.$/,
      );
    },
  );

  it('that did not arrive is made again, and says when', async () => {
    const { said, result, sent } = await heard(cloudOf(failure('refused'), failure('name-not-found'), { status: 204 }));
    expect(result).toEqual({});
    expect(sent).toBe(3);
    expect(said).toEqual([
      `The test says refused (${url}); attempt 2 of 3 in 1 s`,
      `The test says name-not-found (${url}); attempt 3 of 3 in 2 s`,
    ]);
  });

  it('says how often it was tried', async () => {
    const { result } = await heard(cloudOf(failure('refused'), failure('refused'), failure('refused')));
    expect(result.why).toBe(`The claim was not sent, after 3 attempts: The test says refused (${url}).`);
  });

  it('ends its wait for the next attempt when the user stops it', async () => {
    const stop = new AbortController();
    const system = cloudOf(failure('refused'));
    const progress = () => stop.abort(new Error('stopped by the user'));
    await expect(claim({ ...request, progress }, system, stop.signal)).rejects.toThrow(/^stopped by the user$/);
    expect(system.requests).toHaveLength(1);
  });
});

describe('a Cloud that does not take the claim now', () => {
  it.each([
    ['503', { status: 503 }, ['sleep 1000']],
    ['503 that names the seconds', { status: 503, headers: { 'retry-after': '7' } }, ['sleep 7000']],
    ['503 that names the moment', { status: 503, headers: { 'retry-after': 'Fri, 20 Nov 2026 12:00:10 GMT' } }, ['sleep 10000']],
    [
      '503 that names a moment in the past',
      { status: 503, headers: { 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' } },
      ['sleep 0'],
    ],
    ['503 that names rubbish', { status: 503, headers: { 'retry-after': 'soon' } }, ['sleep 1000']],
    ['429', { status: 429, headers: { 'retry-after': '30' } }, ['sleep 30000']],
    ['the key alone', { status: 500, body: '{"errorMsgKey":"ErrServiceUnavailable"}' }, ['sleep 1000']],
  ])('is asked again: %s', async (_, answer, expected) => {
    const { result, sleeps, said } = await heard(cloudOf(answer, { status: 204 }));
    expect(result).toEqual({});
    expect(sleeps).toEqual(expected);
    expect(said).toEqual([expect.stringMatching(/^the Cloud answers with status \d+; attempt 2 of 3 in \d+ s$/)]);
  });

  it('is not waited for longer than 30 s', async () => {
    const { result, sent } = await heard(cloudOf({ status: 503, headers: { 'retry-after': '31' } }));
    expect(sent).toBe(1);
    expect(result).toMatchObject({
      code: 'CLAIM_CLOUD_UNAVAILABLE',
      why: 'https://cloud.example/base answered with status 503 and no reason: the Cloud is not available. It asks for 31 s before the next attempt.',
    });
  });

  it.each([500, 502, 504])('is not asked again after %i, which may come when the claim was taken', async (status) => {
    expect((await heard(cloudOf({ status }))).sent).toBe(1);
  });

  it('and then calls the node claimed already, leaves open whose claim that is', async () => {
    const { result } = await heard(cloudOf({ status: 503 }, { status: 409 }));
    expect(result).toMatchObject({
      code: 'CLAIM_ALREADY',
      why: expect.stringMatching(/An attempt before this one had reached it too and may be the claim that it means/),
    });
    const { result: alone } = await heard(cloudOf({ status: 409 }));
    expect(alone.why).not.toContain('An attempt before');
  });
});
