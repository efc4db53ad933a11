import { expect, it } from 'vitest';
import { insteadOf } from '../../../src/standin/cloud/misbehaviour.ts';
import { createScenario } from '../../../src/standin/cloud/scenario.ts';

it('leaves every request alone when there is nothing in it', () => {
  expect(createScenario().choose('env', 'a')).toBeUndefined();
});

it('lets the third request and the one after it misbehave, and no other', () => {
  const scenario = createScenario();
  scenario.set({ endpoint: 'env', status: 503, request: 3, times: 2 });
  const met = [1, 2, 3, 4, 5].map(() => scenario.choose('env', 'a')?.status);
  expect(met).toEqual([undefined, undefined, 503, 503, undefined]);
  expect(scenario.steps()).toEqual([{ endpoint: 'env', status: 503, request: 3, times: 2, seen: 5 }]);
});

it('counts and misbehaves for one node only', () => {
  const scenario = createScenario();
  scenario.set({ endpoint: 'ping', hang: true, node: 'a', request: 2 });
  expect(['b', 'a', undefined, 'a'].map((node) => scenario.choose('ping', node)?.hang)).toEqual([
    undefined,
    undefined,
    undefined,
    true,
  ]);
});

it('ends when its time is over', () => {
  let now = 1_000_000;
  const scenario = createScenario(() => now);
  scenario.set({ endpoint: 'env', status: 503, forSeconds: 2 });
  now += 1999;
  expect(scenario.choose('env')?.status).toBe(503);
  now += 1;
  expect(scenario.choose('env')).toBeUndefined();
});

it('lets a request meet the first step that applies, and the next ones come in their turn', () => {
  const scenario = createScenario();
  scenario.play([
    { endpoint: 'env', status: 500, times: 1 },
    { endpoint: 'env', status: 502, times: 2 },
    { endpoint: 'claim', status: 409 },
  ]);
  expect([1, 2, 3].map(() => scenario.choose('env')?.status)).toEqual([500, 502, undefined]);
});

it('puts a new misbehaviour in the place of the one with its endpoint and node', () => {
  const scenario = createScenario();
  scenario.set({ endpoint: 'env', status: 500 });
  scenario.set({ endpoint: 'env', status: 501, node: 'a' });
  scenario.set({ endpoint: 'env', status: 502, node: 'a' });
  expect(['a', 'b'].map((node) => scenario.choose('env', node)?.status)).toEqual([502, 500]);
  scenario.clear();
  expect(scenario.steps()).toEqual([]);
});

it('gives documented answers by their name', () => {
  const refused = (more: object) => insteadOf({ endpoint: 'claim', ...more });
  expect(refused({ refuse: 'token-expired' })).toEqual({
    answer: {
      status: 403,
      body: {
        errorCode: '403',
        errorMsgKey: 'ErrForbidden',
        errorMessage: 'the token is expired',
        errorNonRetryable: false,
      },
    },
  });
  expect(refused({ refuse: 'ErrProcessingClaim' })).toMatchObject({ answer: { status: 200, body: { errorCode: '200' } } });
  expect(refused({ ban: true })).toMatchObject({
    answer: { status: 503, body: { errorMsgKey: 'ErrServiceUnavailable', errorNonRetryable: true } },
  });
  expect(refused({ status: 504, retryAfterSeconds: 5 })).toMatchObject({
    answer: { status: 504, body: { errorNonRetryable: false, errorRetryDelaySeconds: 5 } },
  });
});
