import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChallenges } from '../../../src/standin/cloud/challenges.ts';
import { createOneTimeValues } from '../../../src/standin/cloud/one-time-values.ts';
import { createScenario } from '../../../src/standin/cloud/scenario.ts';
import { createTokenBuckets } from '../../../src/standin/cloud/token-buckets.ts';

const NOON = new Date('2026-06-01T12:00:00Z');
const AN_HOUR_BEFORE = new Date('2026-06-01T11:00:00Z');
const AN_HOUR_LATER = new Date('2026-06-01T13:00:00Z');

describe('a clock of the machine that is set', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('back lets no address wait for it', () => {
    const buckets = createTokenBuckets();
    const take = () => buckets.take('192.0.2.1', { perSecond: 100, burst: 10 });
    expect(take()).toBeUndefined();
    vi.setSystemTime(AN_HOUR_BEFORE);
    expect(take()).toBeUndefined();
  });

  it('forward takes no challenge from an agent that answers it', () => {
    const [challenges, node] = [createChallenges(), { id: 'node', publicKey: 'key' }];
    const secret = challenges.secretFor(node);
    vi.setSystemTime(AN_HOUR_LATER);
    expect(challenges.accepts(node, secret)).toBe(true);
  });

  it('forward takes no password from an agent that was given it', () => {
    const passwords = createOneTimeValues(60, 8);
    passwords.add('node', Buffer.from('password'));
    vi.setSystemTime(AN_HOUR_LATER);
    expect(passwords.take('node', () => true)).toBe(true);
  });

  it('forward ends no step of a scenario before its time', () => {
    const scenario = createScenario();
    scenario.set({ endpoint: 'env', status: 503, forSeconds: 600 });
    vi.setSystemTime(AN_HOUR_LATER);
    expect(scenario.choose('env')).toMatchObject({ status: 503 });
  });
});
