import { describe, expect, test } from 'vitest';
import { agentGeneration, parseAgentVersion } from '../../src/host/agent-version.ts';

describe('a version', () => {
  test.each([
    ['netdata v1.37.1\n', '1.37.1'],
    ['netdata v2.9.0', '2.9.0'],
    ['netdata v1.37.0-123-nightly', '1.37.0+123'],
    ['netdata v2.9.0-45-gabcdef012', '2.9.0+45'],
    ['netdata v2.0.0-rc1', '2.0.0-rc1'],
    ['1.37.1-2', '1.37.1'],
    ['1:1.37.1-2+b1', '1.37.1'],
    ['2.8.5-1.fc43', '2.8.5'],
    ['v1.31', '1.31.0'],
    ['something went wrong', undefined],
    ['', undefined],
  ])('in %j is %s', (text, version) => {
    expect(parseAgentVersion(text)).toBe(version);
  });
});

describe('the generation', () => {
  test.each([
    ['1.10.0', 'claim.d'],
    ['1.21.1', 'claim.d'],
    ['1.22.0', 'cloud.d'],
    ['1.47.5', 'cloud.d'],
    ['2.0.0', 'claim.conf'],
    ['2.0.0-rc1', 'claim.conf'],
    ['3.1.0', 'claim.conf'],
  ])('of %s is %s', (version, generation) => {
    expect(agentGeneration(version)).toBe(generation);
  });
});
