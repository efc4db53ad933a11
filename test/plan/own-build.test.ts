import { describe, expect, it } from 'vitest';
import type { OwnBuild } from '../../src/plan/install-options.ts';
import { ownBuildDecisions, ownBuildWords } from '../../src/plan/own-build.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

function input(version: string, change: Partial<OwnBuild> = {}) {
  const ownBuild = { switches: [], configure: [], cmake: [], flags: {}, ...change };
  const facts = factsOf('debian-12-in-docker');
  return { options: optionsWith({ ownBuild }), facts, runId: 'RUN', release: { ...release, version, tag: `v${version}` } };
}

const lto = { word: 'lto', isOn: true };

describe('what the configure of an agent up to 1.44 is told', () => {
  it('is how to compile what is compiled once', () => {
    expect(ownBuildWords(input('1.37.1'))).toEqual(['--disable-dependency-tracking', 'CFLAGS=-O2 -pipe']);
  });

  it('is what the user says, with the names that configure has', () => {
    const given = input('1.37.1', {
      switches: [lto, { word: 'backend-mongodb', isOn: false }, { word: 'go', isOn: false }],
      configure: ['--with-foo'],
      cmake: ['-DX=1'],
      flags: { CFLAGS: '-O1', LDFLAGS: '-s' },
    });
    expect(ownBuildWords(given)).toEqual([
      ...[
        '--disable-dependency-tracking',
        '--enable-lto',
        '--disable-exporting-mongodb',
        '--with-foo',
        'CFLAGS=-O1',
        'LDFLAGS=-s',
      ],
    ]);
    expect(ownBuildDecisions(given)).toEqual([
      '--disable-go -DX=1: Netdata v1.37.1 is built with configure and make, which has no use for it.',
    ]);
  });
});

describe('what the CMake of a later agent is told', () => {
  it('is what the user says, after all else', () => {
    const given = input('2.10.4', {
      switches: [lto, { word: 'https', isOn: false }],
      configure: ['--with-foo'],
      cmake: ['-DENABLE_ML=On'],
      flags: { CFLAGS: '-O1', CXXFLAGS: '-O2', LDFLAGS: '-s' },
    });
    expect(ownBuildWords(given).slice(-6)).toEqual([
      ...['-DCMAKE_C_FLAGS=-O1', '-DCMAKE_CXX_FLAGS=-O2', '-DCMAKE_EXE_LINKER_FLAGS=-s'],
      ...['-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=On', '-DUSE_LTO=On', '-DENABLE_ML=On'],
    ]);
    expect(ownBuildDecisions(given)).toEqual([
      '--disable-https --with-foo: Netdata v2.10.4 is built with CMake, which has no use for it.',
    ]);
  });
});
