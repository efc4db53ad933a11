import { describe, expect, test } from 'vitest';
import { buildRefusals } from '../../src/plan/refuse-build.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const mebibyte = 1024 ** 2;
const newer = { ...release, tag: 'v1.45.0', version: '1.45.0' };

function refusalsOf({ version = release, cloud = 'detect' as const, ...facts }) {
  const input = {
    options: optionsWith({ cloud }),
    facts: factsOf('ubuntu-24.04-user', { missingBuildTools: [], ...facts }),
    runId: 'r',
    release: version,
  };
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
  const facts = factsOf('ubuntu-24.04-user', { memoryBytes: 200 * mebibyte, missingBuildTools: [] });
  const input = { options: optionsWith(), facts, runId: 'r', release };
  expect(buildRefusals(input, { version: '1.31.0' })).toEqual([]);
  expect(buildRefusals(input, { version: '1.30.0' })).toMatchObject([{ code: 'BUILD_MEMORY_TOO_SMALL' }]);
});

describe('what a build needs, is missing, and cannot be installed', () => {
  test.each([
    ['1.31.0', { ...release }],
    ['1.45.0', newer],
  ])('is named at once, with the command that brings it: %s', (version, newest) => {
    const input = {
      options: optionsWith(),
      facts: factsOf('ubuntu-24.04-user', { missingBuildTools: ['make', 'cmake', 'zlib', 'libuv', 'judy'] }),
      runId: 'r',
      release: newest,
    };
    const tools =
      version === '1.31.0'
        ? 'make, the headers of zlib, the headers of libuv'
        : 'make, cmake, the headers of zlib, the headers of libuv';
    const packages = version === '1.31.0' ? 'make zlib1g-dev libuv1-dev' : 'make cmake zlib1g-dev libuv1-dev';
    expect(buildRefusals(input)).toMatchObject([
      {
        code: 'BUILD_TOOLS_MISSING',
        what: `Netdata v${version} is built with what is not here: ${tools}.`,
        why: 'Only root can install packages.',
        next: `Run as root: apt-get install -y ${packages}; then run kickstart again.`,
      },
    ]);
  });

  test('is said with its own package names where kickstart does not drive the package manager', () => {
    const options = optionsWith({ cloud: 'require' });
    const facts = factsOf('fedora-43', { missingBuildTools: ['cmake', 'openssl-headers', 'libuuid'] });
    expect(buildRefusals({ options, facts, runId: 'r', release })).toMatchObject([
      {
        what: 'Netdata v1.31.0 is built with what is not here: the headers of libuuid, the headers of OpenSSL, cmake.',
        why: 'This version of kickstart does not drive the package manager of this system.',
        next: 'Run as root: dnf install -y libuuid-devel openssl-devel cmake; then run kickstart again.',
      },
    ]);
  });

  test('is nothing where all is here, and cmake is not needed for an older agent without Cloud', () => {
    expect(refusalsOf({ missingBuildTools: [], version: newer })).toEqual([]);
    expect(refusalsOf({ missingBuildTools: ['cmake'] })).toEqual([]);
  });
});

test.each([
  ['1.31.0', '3.10.2', undefined],
  ['1.45.0', '3.13.4', undefined],
  ['1.47.5', '3.13.4', 'Netdata v1.47.5 is built with CMake 3.16.0 or newer, and here is 3.13.4.'],
  ['2.10.4', '3.16.3', undefined],
])('an agent %s is refused with a CMake that is too old for it (%s)', (version, cmakeVersion, what) => {
  const refused = refusalsOf({ cmakeVersion, version: { ...release, version, tag: `v${version}` } });
  expect(refused.map((refusal) => refusal.what)).toEqual(what === undefined ? [] : [what]);
});

test.each([
  ['1.47.5', '0.13.1', false],
  ['2.10.4', '0.13.1', true],
  ['2.10.4', '0.14', false],
])('an agent %s is refused where JSON-C is %s: %j', (version, jsonc, isRefused) => {
  const found = refusalsOf({
    version: { ...release, tag: `v${version}`, version },
    systemLibraries: { jsonc },
    cmakeVersion: '3.28.3',
  });
  const what = `Netdata v${version} is built with JSON-C 0.14 or newer, and here is 0.13.1.`;
  expect(found).toEqual(isRefused ? [{ code: 'BUILD_TOOLS_MISSING', what }] : []);
});
