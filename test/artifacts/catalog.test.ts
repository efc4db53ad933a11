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
  });
});

it.each([
  ['1.20.0', []],
  ['1.21.0', ['mosquitto', 'libwebsockets']],
  ['1.31.0', ['mosquitto', 'libwebsockets', 'jsonc']],
  ['1.33.0', ['jsonc']],
  ['1.33.0-100-nightly', ['jsonc']],
  ['2.9.0', []],
])('knows what agent %s needs', (version, components) => {
  const needed = catalog.filter(({ agentVersions }) => satisfies(version, agentVersions, { includePrerelease: true }));
  expect(needed.map(({ component }) => component)).toEqual(components);
});

it.each([
  ['mosquitto', '2.0.11', 'https://mosquitto.org/files/source/mosquitto-2.0.11.tar.gz'],
  ['mosquitto', 'v.1.6.8_Netdata-5', 'https://github.com/netdata/mosquitto/archive/v.1.6.8_Netdata-5.tar.gz'],
  ['libwebsockets', '3.2.2', 'https://github.com/warmcat/libwebsockets/archive/v3.2.2.tar.gz'],
  ['jsonc', '0.14-20200419', 'https://github.com/json-c/json-c/archive/json-c-0.14-20200419.tar.gz'],
])('knows where %s %s comes from', (component, version, url) => {
  const pin = { component, version, fileName: 'file', sha256: 'a'.repeat(64) };
  expect(sourcesOf(catalogRow(component), pin, 'dnf')).toEqual([{ from: 'url', url }]);
  expect(sourcesOf(catalogRow(component), pin, 'apt')).toMatchObject([{ url }, { from: 'debian-source', version }]);
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
    '-DBUILD_STATIC_LIBS=ON',
    '-DBUILD_TESTING=OFF',
    '-DBUILD_APPS=OFF',
    '-DDISABLE_WERROR=ON',
  ]);
});

it('does not know what is not in it', () => {
  expect(() => catalogRow('protobuf')).toThrow('protobuf');
});
