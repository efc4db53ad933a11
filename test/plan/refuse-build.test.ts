import { describe, expect, test } from 'vitest';
import { buildRefusals } from '../../src/plan/refuse-build.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const mebibyte = 1024 ** 2;
const newer = { ...release, tag: 'v1.45.0', version: '1.45.0' };

function refusalsOf({ version = release, cloud = 'detect' as const, ...facts }) {
  const input = { options: optionsWith({ cloud }), facts: factsOf('ubuntu-24.04-user', facts), runId: 'r', release: version };
  return buildRefusals(input).map(({ code, what }) => ({ code, what }));
}

describe('a machine with too little memory for one compiler', () => {
  test('is told both numbers', () => {
    expect(refusalsOf({ memoryBytes: 200 * mebibyte })).toEqual([
      {
        code: 'BUILD_MEMORY_TOO_SMALL',
        what: 'Netdata v1.31.0 cannot be built here: one compiler needs 256 MiB of memory, and this machine lets it use 200 MiB.',
      },
    ]);
  });

  test('may be large enough for an agent in C, and too small for protobuf', () => {
    expect(refusalsOf({ memoryBytes: 400 * mebibyte })).toEqual([]);
    expect(refusalsOf({ memoryBytes: 400 * mebibyte, version: { ...release, tag: 'v1.34.0', version: '1.34.0' } })).toEqual([
      {
        code: 'BUILD_MEMORY_TOO_SMALL',
        what: 'Netdata v1.34.0 cannot be built here: one compiler needs 512 MiB of memory, and this machine lets it use 400 MiB.',
      },
    ]);
  });

  test('is not refused when its memory is not known', () => {
    expect(refusalsOf({ memoryBytes: 0 })).toEqual([]);
  });
});

test('an agent that is as new as the release needs no memory for a build, and an older one does', () => {
  const facts = factsOf('ubuntu-24.04-user', { memoryBytes: 200 * mebibyte });
  const input = { options: optionsWith(), facts, runId: 'r', release };
  expect(buildRefusals(input, { version: '1.31.0' })).toEqual([]);
  expect(buildRefusals(input, { version: '1.30.0' })).toMatchObject([{ code: 'BUILD_MEMORY_TOO_SMALL' }]);
});

describe('an agent that is built with cmake', () => {
  test('is refused where cmake is missing and cannot be installed', () => {
    expect(refusalsOf({ missingBuildTools: ['cmake'], version: newer })).toEqual([
      { code: 'BUILD_TOOLS_MISSING', what: 'Netdata v1.45.0 is built with what is not here: cmake.' },
    ]);
  });

  test('is not refused where cmake is, nor an older one without it', () => {
    expect(refusalsOf({ missingBuildTools: [], version: newer })).toEqual([]);
    expect(refusalsOf({ missingBuildTools: ['cmake'] })).toEqual([]);
  });
});
