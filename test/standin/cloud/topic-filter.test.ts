import { expect, it } from 'vitest';
import { isFilter, isTopic, matchesFilter } from '../../../src/standin/cloud/topic-filter.ts';

// The examples of MQTT 5.0, 4.7.1.
it.each([
  ['sport/tennis/player1', 'sport/tennis/player1/#', true],
  ['sport/tennis/player1/ranking', 'sport/tennis/player1/#', true],
  ['sport', 'sport/#', true],
  ['sport/tennis/player1', 'sport/tennis/+', true],
  ['sport/tennis/player1/ranking', 'sport/tennis/+', false],
  ['sport', 'sport/+', false],
  ['sport/', 'sport/+', true],
  ['/finance', '+/+', true],
  ['/finance', '+', false],
  ['sport/golf', 'sport/tennis', false],
])('%s under %s: %s', (topic, filter, isMatch) => {
  expect(matchesFilter(topic, filter)).toBe(isMatch);
});

it('tells filters and topics from what is neither', () => {
  expect(['#', 'a/#', 'a/+/b', 'a', 'a/#/b', 'a#', 'a+/b', '', 'a\0'].map(isFilter)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(['a/b', 'a/+', '#', ''].map(isTopic)).toEqual([true, false, false, false]);
});
