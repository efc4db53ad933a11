import { readFileSync } from 'node:fs';
import { satisfies } from 'semver';
import { expect, it } from 'vitest';
import { catalog, catalogRow, cmakeArguments, sourcesOf } from '../../src/artifacts/catalog.ts';

const end = ' The install process will continue, but you';
// Word for word as in the seeds, which people search for.
it('says what the documentation says', () => {
  expect(Object.fromEntries(catalog.map(({ component, sentences }) => [component, sentences]))).toEqual({
    mosquitto: {
      fetchFailed: `Unable to fetch sources for libmosquitto.${end} will not be able to connect this node to Netdata Cloud.`,
      buildFailed: `Failed to build libmosquitto.${end} will not be able to connect this node to Netdata Cloud.`,
    },
    libwebsockets: {
      fetchFailed: `Unable to fetch sources for libwebsockets.${end} may not be able to connect this node to Netdata Cloud.`,
      buildFailed: `Failed to build libwebsockets.${end} may not be able to connect this node to Netdata Cloud.`,
      cmakeMissing: `Could not find cmake, which is required to build libwebsockets.${end} may not be able to connect this node to Netdata Cloud.`,
    },
    jsonc: {
      fetchFailed: 'Unable to fetch sources for JSON-C. Netdata Cloud support will be disabled.',
      buildFailed: 'Failed to build JSON-C. Netdata Cloud support will be disabled.',
      cmakeMissing:
        'Could not find cmake, which is required to build JSON-C. The install process will continue, but Netdata Cloud support will be disabled.',
    },
    protobuf: {
      fetchFailed: 'Unable to fetch sources for protobuf. You may not be able to connect this node to Netdata Cloud.',
      buildFailed: 'Failed to build protobuf. You may not be able to connect this node to Netdata Cloud.',
    },
  });
});

it.each([
  ['1.20.0', []],
  ['1.21.0', ['mosquitto', 'libwebsockets']],
  ['1.31.0', ['mosquitto', 'libwebsockets', 'jsonc']],
  ['1.32.1', ['mosquitto', 'libwebsockets', 'jsonc', 'protobuf']],
  ['1.33.0', ['jsonc', 'protobuf']],
  ['1.33.0-100-nightly', ['jsonc', 'protobuf']],
  ['1.44.3', ['jsonc', 'protobuf']],
  ['1.45.0', ['jsonc']],
  ['2.9.0', []],
])('knows what agent %s needs', (version, components) => {
  const needed = catalog.filter(({ agentVersions }) => satisfies(version, agentVersions, { includePrerelease: true }));
  expect(needed.map(({ component }) => component)).toEqual(components);
});

it.each([
  ['1.44.3', []],
  ['1.45.0', ['protobuf']],
  ['1.46.0', ['jsonc', 'protobuf']],
  ['2.9.0', ['jsonc', 'protobuf']],
])('knows what the CMake of agent %s fetches', (version, components) => {
  const fetched = catalog.filter(({ cmakeFetched = '<0.0.0' }) => satisfies(version, cmakeFetched, { includePrerelease: true }));
  expect(fetched.map(({ component }) => component)).toEqual(components);
});

it.each([
  ['mosquitto', '2.0.11', 'https://mosquitto.org/files/source/mosquitto-2.0.11.tar.gz'],
  ['mosquitto', 'v.1.6.8_Netdata-5', 'https://github.com/netdata/mosquitto/archive/v.1.6.8_Netdata-5.tar.gz'],
  ['libwebsockets', '3.2.2', 'https://github.com/warmcat/libwebsockets/archive/v3.2.2.tar.gz'],
  ['jsonc', '0.14-20200419', 'https://github.com/json-c/json-c/archive/json-c-0.14-20200419.tar.gz'],
  ['protobuf', '3.17.3', 'https://github.com/protocolbuffers/protobuf/releases/download/v3.17.3/protobuf-cpp-3.17.3.tar.gz'],
  ['protobuf', '3.19.4', 'https://github.com/protocolbuffers/protobuf/releases/download/v3.19.4/protobuf-cpp-3.19.4.tar.gz'],
  ['protobuf', '3.21.12', 'https://github.com/protocolbuffers/protobuf/releases/download/v21.12/protobuf-cpp-3.21.12.tar.gz'],
])('knows where %s %s comes from', (component, version, url) => {
  const pin = { component, version, fileName: 'file', sha256: 'a'.repeat(64) };
  expect(sourcesOf(catalogRow(component), pin, { packageManager: 'dnf' })).toEqual([{ from: 'url', url }]);
  expect(sourcesOf(catalogRow(component), pin, { packageManager: 'apt' })).toMatchObject([
    { url },
    { from: 'debian-source', version },
  ]);
});

it('looks into a bundle first, then at the mirror, upstream, and last at the distribution', () => {
  const pin = { component: 'jsonc', version: '0.16', fileName: 'pinned.tar.gz', sha256: 'a'.repeat(64) };
  const places = { packageManager: 'apt', bundleDirectory: '/media/bundle', mirrorUrl: 'https://mirror.example/archives' };
  expect(sourcesOf(catalogRow('jsonc'), pin, places)).toEqual([
    {
      from: 'directory',
      directory: '/media/bundle',
      fileNames: ['pinned.tar.gz', 'json-c-0.16.tar.gz', 'json-c_0.16.orig.tar.gz'],
    },
    { from: 'url', url: 'https://mirror.example/archives/pinned.tar.gz' },
    { from: 'url', url: 'https://github.com/json-c/json-c/archive/json-c-0.16.tar.gz' },
    { from: 'debian-source', package: 'json-c', version: '0.16' },
  ]);
});

it('has a row for every library that the stand-in agent pins', () => {
  const packaging = new URL('../../src/standin/agent/packaging/', import.meta.url);
  for (const { component } of catalog) {
    expect(readFileSync(new URL(`${component}.checksums`, packaging), 'utf8')).toMatch(/^[0-9a-f]{64} {2}[\w.-]+\n$/);
    expect(readFileSync(new URL(`${component}.version`, packaging), 'utf8')).toMatch(/^[\w.-]+\n$/);
  }
});

it('builds static libraries that the agent can link', () => {
  expect(cmakeArguments(catalogRow('jsonc'))).toEqual([
    '-DCMAKE_BUILD_TYPE=Release',
    '-DCMAKE_POSITION_INDEPENDENT_CODE=ON',
    '-DBUILD_SHARED_LIBS=OFF',
    '-DCMAKE_INSTALL_LIBDIR=lib',
    '-DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON',
    '-DCMAKE_POLICY_VERSION_MINIMUM=3.5',
    '-DCMAKE_C_FLAGS_RELEASE=-O3 -DNDEBUG -Wno-error',
    '-DBUILD_STATIC_LIBS=ON',
    '-DBUILD_TESTING=OFF',
    '-DBUILD_APPS=OFF',
    '-DDISABLE_WERROR=ON',
  ]);
});

it('does not know what is not in it', () => {
  expect(() => catalogRow('abseil')).toThrow('abseil');
});
