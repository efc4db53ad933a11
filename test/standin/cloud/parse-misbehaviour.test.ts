import { expect, it } from 'vitest';
import { parseMisbehaviour } from '../../../src/standin/cloud/parse-misbehaviour.ts';
import { parseScenario } from '../../../src/standin/cloud/scenario.ts';

it.each([
  [{}, 'endpoint must be one of claim, env, challenge, password, mqtt, connect, subscribe, publish, ping, tls'],
  [{ endpoint: 'constructor', hang: true }, 'endpoint must be one of claim'],
  [{ endpoint: 'env' }, 'env is told no way to misbehave: delaySeconds, hang, reset, status'],
  [{ endpoint: 'env', times: 3 }, 'env is told no way to misbehave'],
  [{ endpoint: 'env', statsu: 503 }, 'statsu cannot be said of env, only request, times'],
  [{ endpoint: 'env', status: 99 }, 'status must be a whole number from 200 to 599'],
  [{ endpoint: 'env', status: '503' }, 'status must be a whole number'],
  [{ endpoint: 'env', body: 7 }, 'body must be a text or an object'],
  [{ endpoint: 'env', body: nested(101) }, 'body must be a text or an object, nested 100 deep at most'],
  [{ endpoint: 'env', delaySeconds: -1 }, 'delaySeconds must be 0 to 3600'],
  [{ endpoint: 'env', hang: 'later' }, 'hang must be true or "after-headers"'],
  [{ endpoint: 'env', reset: false }, 'reset must be true, or left out'],
  [{ endpoint: 'env', refuse: 'toString' }, 'refuse must be one of ErrInvalidNodeID'],
  [{ endpoint: 'env', hang: true, request: 0 }, 'request must be a whole number from 1'],
  [{ endpoint: 'mqtt', hang: true, node: 'x' }, 'node cannot be said of mqtt'],
  [{ endpoint: 'ping', status: 503 }, 'status cannot be said of ping'],
  [{ endpoint: 'ping', hang: 'after-headers' }, 'hang must be true for ping'],
  [{ endpoint: 'connect', reasonCode: 0 }, 'reasonCode must be a whole number from 1 to 255'],
  [{ endpoint: 'tls', hang: true }, 'hang cannot be said of tls, only request, times, forSeconds, certificate, reset'],
  [{ endpoint: 'tls', certificate: 'ours' }, 'certificate must be one of expired, other-name, self-signed, unknown-ca'],
  [JSON.parse('{"endpoint": "env", "hang": true, "__proto__": {"status": 500}}'), '__proto__ cannot be said of env'],
])('%j is no misbehaviour: %s', (value, why) => {
  expect(parseMisbehaviour(value)).toContain(why);
});

it.each([
  ['[{"endpoint": "env", "status": 503}', 'It is not JSON.'],
  ['{"endpoint": "env", "status": 503}', 'It must be a list of steps.'],
  ['[{"endpoint": "env", "status": 503}, 7]', 'Step 2: it is not an object.'],
  ['[{"endpoint": "page", "hang": true}]', 'Step 1: endpoint must be one of'],
  [JSON.stringify(Array.from({ length: 1001 }, () => ({}))), 'It has more than 1000 steps.'],
])('%.60s is no scenario: %s', (text, why) => {
  expect(parseScenario(text)).toContain(why);
});

it('takes a scenario with every kind of step', () => {
  const steps = [
    { endpoint: 'claim', node: 'x', refuse: 'token-expired', times: 2 },
    { endpoint: 'env', status: 200, body: '<html>', delaySeconds: 0.5, forSeconds: 60 },
    { endpoint: 'password', ban: true, retryAfterSeconds: 5, request: 3 },
    { endpoint: 'mqtt', hang: 'after-headers' },
    { endpoint: 'connect', reasonCode: 0x97 },
    { endpoint: 'publish', hang: true },
    { endpoint: 'tls', certificate: 'expired' },
  ];
  expect(parseScenario(JSON.stringify(steps))).toEqual(steps);
});

it('takes a body that is nested 100 deep, and none of 9000, which cannot be written again', () => {
  expect(parseMisbehaviour({ endpoint: 'env', body: nested(100) })).toEqual({ endpoint: 'env', body: nested(100) });
  expect(parseMisbehaviour({ endpoint: 'env', body: nested(9000) })).toContain('body must be');
});

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}
