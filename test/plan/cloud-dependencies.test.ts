import { describe, expect, it } from 'vitest';
import {
  buildDependencySteps,
  isWithoutCloud,
  libraryDecisions,
  libraryPackages,
  systemLibraries,
} from '../../src/plan/cloud-dependencies.ts';
import type { InstallOptions } from '../../src/plan/install-options.ts';
import type { SourcePlanInput } from '../../src/plan/plan-input.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const protobuf = { component: 'protobuf', version: '3.21.12', fileName: 'protobuf-3.21.12.tar.gz', sha256: 'e'.repeat(64) };
const root = { userId: 0, groupId: 0, userName: 'root', isRoot: true };
const user = { userId: 1000, groupId: 1000, userName: 'ann', isRoot: false };

interface Question {
  version?: string;
  options?: Partial<InstallOptions>;
  /** Of the system, as pkg-config says it. */
  here?: Record<string, string>;
  privileges?: typeof root;
}

/** An agent of this version, which pins all four libraries, on a Debian 12. */
function input({ version = '1.31.0', options = {}, here = {}, privileges = root }: Question = {}): SourcePlanInput {
  return {
    options: optionsWith(options),
    facts: factsOf('debian-12-in-docker', { systemLibraries: here, privileges, packageManager: 'apt' }),
    runId: 'RUN',
    release: { ...release, version, tag: `v${version}`, pinned: [...release.pinned, protobuf] },
  };
}

function built(question: Question): readonly string[] {
  return buildDependencySteps(input(question)).flatMap(({ step }) => (step.kind === 'build-dependency' ? [step.component] : []));
}

describe('what is built, the longest first,', () => {
  it.each([
    ['1.20.0', []],
    ['1.21.0', ['libwebsockets', 'mosquitto']],
    ['1.31.0', ['libwebsockets', 'mosquitto', 'jsonc']],
    ['1.32.1', ['protobuf', 'libwebsockets', 'mosquitto', 'jsonc']],
    ['1.34.0', ['protobuf', 'jsonc']],
    ['1.45.0', ['jsonc']],
    ['1.47.0', []],
    ['2.9.0', []],
  ])('for agent %s', (version, components) => {
    expect(built({ version })).toEqual(components);
  });

  it('is nothing without Cloud', () => {
    expect(built({ options: { cloud: 'disable' } })).toEqual([]);
    expect(libraryDecisions(input({ options: { cloud: 'disable', useSystemLibraries: true } }))).toEqual([
      'Cloud is disabled: no library for it is fetched or built.',
    ]);
    expect(libraryPackages(input({ options: { cloud: 'disable', useSystemLibraries: true } }))).toEqual([]);
  });

  it('is installed all the same for an agent that cannot be without Cloud, and nobody is told otherwise', () => {
    expect(libraryDecisions(input({ version: '2.9.0', options: { cloud: 'disable' } }))[0]).toBe(
      '--disable-cloud has no effect: Netdata v2.9.0 cannot be built without Cloud.',
    );
  });

  it('is not what the source tree does not pin, which is said', () => {
    const without = input({ version: '1.34.0' });
    const [, ...pinned] = without.release.pinned.toReversed();
    const given = { ...without, release: { ...without.release, pinned } };
    expect(buildDependencySteps(given).map(({ id }) => id)).toEqual(['build-dependency:jsonc']);
    expect(libraryDecisions(given)[0]).toMatch(
      /^The link to the Cloud needs protobuf, and the source tree of v1\.34\.0 does not pin one/,
    );
  });
});

describe("the system's own library", () => {
  it('is used where it suits, without being asked for: JSON-C', () => {
    const given = { here: { jsonc: '0.16' } };
    expect(built(given)).toEqual(['libwebsockets', 'mosquitto']);
    expect(systemLibraries(input(given))).toEqual(['jsonc']);
    expect(libraryDecisions(input(given))).toContain('For the link to the Cloud: JSON-C 0.16 of this system (pkg-config).');
  });

  it('is not used when it is too old', () => {
    expect(built({ here: { jsonc: '0.12.1' } })).toContain('jsonc');
  });

  it('is used only when asked for where the reference does so: libwebsockets', () => {
    const here = { libwebsockets: '4.3.2' };
    expect(built({ here })).toContain('libwebsockets');
    expect(built({ here, options: { useSystemLibraries: true } })).not.toContain('libwebsockets');
  });

  it('is not used when it is too new for the agent: protobuf', () => {
    expect(built({ version: '1.34.0', here: { protobuf: '3.21.12.0' } })).toEqual(['jsonc']);
    expect(built({ version: '1.34.0', here: { protobuf: '25.1.0' } })).toEqual(['protobuf', 'jsonc']);
  });

  it('comes with a caution where the reference has one', () => {
    expect(libraryDecisions(input({ version: '1.34.0', here: { protobuf: '3.21.12.0' } }))[0]).toMatch(
      /^For the link to the Cloud: protobuf 3\.21\.12\.0 of this system \(pkg-config\)\. This should work, but it is not recommended/,
    );
  });

  it('is installed when it is asked for, is not here, and can be', () => {
    const asked = { version: '1.34.0', options: { useSystemLibraries: true } };
    expect(libraryPackages(input(asked))).toEqual(['libprotobuf-dev', 'protobuf-compiler', 'libjson-c-dev']);
    expect(systemLibraries(input(asked))).toEqual(['protobuf', 'jsonc']);
    expect(built(asked)).toEqual([]);
    expect(libraryPackages(input({ ...asked, here: { jsonc: '0.16' } }))).toEqual(['libprotobuf-dev', 'protobuf-compiler']);
  });

  it('is built where it cannot be installed', () => {
    const asked = { version: '1.34.0', options: { useSystemLibraries: true }, privileges: user };
    expect(libraryPackages(input(asked))).toEqual([]);
    expect(built(asked)).toEqual(['protobuf', 'jsonc']);
  });
});

describe('an agent whose CMake would clone a library', () => {
  it.each([
    ['1.45.0', ['libprotobuf-dev', 'protobuf-compiler']],
    ['1.47.0', ['libprotobuf-dev', 'protobuf-compiler', 'libjson-c-dev']],
    ['2.10.4', ['libprotobuf-dev', 'protobuf-compiler', 'libjson-c-dev']],
  ])("gets the system's, without being asked for: %s", (version, packages) => {
    expect(libraryPackages(input({ version }))).toEqual(packages);
    expect(systemLibraries(input({ version: '2.9.0', here: { jsonc: '0.16' } }))).toEqual(['protobuf', 'jsonc']);
  });

  it('can use a protobuf that is too new for earlier ones', () => {
    expect(libraryPackages(input({ version: '2.10.4', here: { protobuf: '25.1.0', jsonc: '0.17' } }))).toEqual([]);
    expect(isWithoutCloud(input({ version: '2.10.4', here: { protobuf: '25.1.0', jsonc: '0.17' } }))).toBe(false);
  });

  it('is without Cloud where it is not here and cannot be installed', () => {
    const given = input({ version: '1.47.0', here: { jsonc: '0.17' }, privileges: user });
    expect(isWithoutCloud(given)).toBe(true);
    expect(libraryDecisions(given)[0]).toBe(
      'The link to the Cloud needs protobuf, which is not here and cannot be installed: the agent is built without Cloud.',
    );
  });
});

it('looks for archives in the bundle and at the mirror first, and trusts the certificates it was given', () => {
  const options = { bundleDirectory: '/media/bundle', mirrorUrl: 'https://mirror.example', caFile: '/ca.pem' };
  const [first] = buildDependencySteps(input({ options }));
  expect(first?.step).toMatchObject({
    caFile: '/ca.pem',
    sources: [
      { from: 'directory', directory: '/media/bundle' },
      { url: 'https://mirror.example/v4.1.6.tar.gz' },
      { url: 'https://github.com/warmcat/libwebsockets/archive/v4.1.6.tar.gz' },
      { from: 'debian-source' },
    ],
  });
});
