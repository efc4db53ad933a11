import { describe, expect, test } from 'vitest';
import { buildDecisions } from '../../src/plan/build-decisions.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const user = { userId: 1000, groupId: 1000, userName: 'ann', isRoot: false };
const old =
  'OpenSSL 1.0.1f of this system cannot validate host names: the agent would connect with hostname verification disabled. The static build brings an OpenSSL that can.';

function decisions(change: Parameters<typeof factsOf>[1], cloud: 'detect' | 'disable' = 'detect') {
  const facts = factsOf('debian-13-minimal', { privileges: user, missingBuildTools: [], ...change });
  return buildDecisions({ options: optionsWith({ cloud }), facts, runId: 'r', release });
}

describe('before a build, people are told', () => {
  test('nothing where all is well', () => {
    expect(decisions({ opensslVersion: '3.0.17' })).toEqual([]);
  });

  test('that the OpenSSL of this system cannot validate host names, and what to take instead', () => {
    expect(decisions({ opensslVersion: '1.0.1f' })).toEqual([old]);
    expect(decisions({ opensslVersion: '1.0.2u' })).toEqual([]);
    expect(decisions({ opensslVersion: '1.0.1f' }, 'disable')).toEqual([]);
  });

  test('what the link to the Cloud will have to do without', () => {
    expect(decisions({ missingBuildTools: ['cmake', 'c++-compiler'] })).toEqual([
      'For the link to the Cloud a build needs what is not here and cannot be installed: a C++ compiler, cmake. What fails without it is left out; with --require-cloud nothing is begun.',
    ]);
    expect(decisions({ missingBuildTools: ['cmake', 'c++-compiler'] }, 'disable')).toEqual([]);
  });

  test('whom compilers run as when kickstart is root', () => {
    const privileges = { userId: 0, groupId: 0, userName: 'root', isRoot: true };
    const builders = [60578, 60579, 60580].map((id) => ({ userId: id, groupId: id }));
    expect(decisions({ privileges, builders })).toEqual([
      'Compilers run as users 60578 to 60580, one for each build, who are nobody and own nothing here, not as root.',
    ]);
    expect(decisions({ privileges })).toEqual([
      'Compilers run as root: here is no other user who can reach the work directory, and whom nobody else is.',
    ]);
  });
});
