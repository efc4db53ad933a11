import { expect, it } from 'vitest';
import { createTopicAliases } from '../../../src/standin/cloud/topic-aliases.ts';

const packet = { cmd: 'publish', payload: '', qos: 0, dup: false, retain: false } as const;
const withAlias = (topicAlias: number, topic = '') => ({ ...packet, topic, properties: { topicAlias } });

it('remembers the last topic of an alias, and forgets none that is asked for', () => {
  const resolve = createTopicAliases('/agent/a/');
  expect(resolve(withAlias(1, '/agent/a/x'))).toBe('/agent/a/x');
  expect(resolve(withAlias(1))).toBe('/agent/a/x');
  expect(resolve(withAlias(1, '/agent/a/y'))).toBe('/agent/a/y');
  expect([resolve(withAlias(1)), resolve(withAlias(2))]).toEqual(['/agent/a/y', undefined]);
});

it('takes no alias 0, none for what is not below the root, and no more than 1024', () => {
  const resolve = createTopicAliases('/agent/a/');
  expect(resolve(withAlias(0, '/agent/a/x'))).toBeUndefined();
  expect([resolve(withAlias(3, '/agent/b/x')), resolve(withAlias(3))]).toEqual([undefined, undefined]);
  for (let alias = 1; alias <= 1024; alias++) resolve(withAlias(alias, `/agent/a/${alias}`));
  expect(resolve(withAlias(1025, '/agent/a/x'))).toBeUndefined();
  expect(resolve(withAlias(1024, '/agent/a/x'))).toBe('/agent/a/x');
});
