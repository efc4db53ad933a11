import { beforeEach, describe, expect, it } from 'vitest';
import { type Challenges, createChallenges } from '../../../src/standin/cloud/challenges.ts';
import { agentKeys, otherKeys, recordedId } from './test-cloud.ts';

const node = { id: recordedId, publicKey: agentKeys.publicKey };
let now = 0;
let challenges: Challenges;
beforeEach(() => {
  now = 1_000_000;
  challenges = createChallenges(() => now);
});

describe('a secret', () => {
  it('has 32 bytes, is another each time, and is accepted once', () => {
    const [one, other] = [challenges.secretFor(node), challenges.secretFor(node)];
    expect([one.length, one.equals(other)]).toEqual([32, false]);
    expect([challenges.accepts(node, one), challenges.accepts(node, one)]).toEqual([true, false]);
    expect(challenges.accepts(node, other)).toBe(true);
  });

  it('is accepted after 10,000 others that nobody solved', () => {
    const first = challenges.secretFor(node);
    for (let index = 0; index < 10_000; index++) challenges.secretFor(node);
    expect(challenges.accepts(node, first)).toBe(true);
  });

  it('is good for a minute', () => {
    const [one, other] = [challenges.secretFor(node), challenges.secretFor(node)];
    now += 59_999;
    expect(challenges.accepts(node, one)).toBe(true);
    now += 1;
    expect(challenges.accepts(node, other)).toBe(false);
  });

  it('is not accepted again at the end of its minute', () => {
    const one = challenges.secretFor(node);
    now += 30_000;
    expect(challenges.accepts(node, one)).toBe(true);
    now += 29_999;
    challenges.accepts(node, challenges.secretFor(node));
    expect(challenges.accepts(node, one)).toBe(false);
  });

  it('is of one node, one key and one Cloud', () => {
    const one = challenges.secretFor(node);
    expect(challenges.accepts({ ...node, id: '00000000-0000-4000-8000-000000000001' }, one)).toBe(false);
    expect(challenges.accepts({ ...node, publicKey: otherKeys.publicKey }, one)).toBe(false);
    expect(createChallenges(() => now).accepts(node, one)).toBe(false);
    expect(challenges.accepts(node, one)).toBe(true);
  });

  it('cannot be made younger, changed in any bit, or made up', () => {
    const one = challenges.secretFor(node);
    for (let bit = 0; bit < 256; bit++) {
      const changed = Buffer.from(one);
      changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      expect(challenges.accepts(node, changed)).toBe(false);
    }
    for (const made of [Buffer.alloc(0), Buffer.alloc(32), Buffer.concat([one, one]), one.subarray(0, 12)])
      expect(challenges.accepts(node, made)).toBe(false);
  });

  it('may lack its last four bytes, and no more', () => {
    const one = challenges.secretFor(node);
    expect(challenges.accepts(node, one.subarray(0, 27))).toBe(false);
    expect(challenges.accepts(node, one.subarray(0, 28))).toBe(true);
  });
});
