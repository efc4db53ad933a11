import { checkPrograms } from './check-programs.ts';
import type { Source } from './fetch.ts';
import type { PinnedSource } from './releases.ts';
import { type SystemCopy, systemCopies } from './system-copies.ts';

/** One library of the agent-cloud link: where it comes from, how it is built, what the agent's own build expects of it. */
export interface CatalogRow {
  /** In packaging/<component>.version and .checksums. */
  component: string;
  /** In sentences for people. */
  name: string;
  /** semver range of the agents that need it. Source: spec/kickstart-behaviour.md 8.1. */
  agentVersions: string;
  upstreamUrl: (version: string) => string;
  debianPackage: string;
  /** The system's own copy; absent: agents cannot use it. */
  system?: SystemCopy;
  licence: string;
  /** After those that all libraries share. */
  cmakeArguments: readonly string[];
  /** From the installed library (a file, or a directory of headers) to below externaldeps/. Source: spec/kickstart-behaviour.md 8.3. */
  outputs: readonly { from: string; to: string }[];
  /** What the agent's configure has to be told when the library is in externaldeps/. */
  configureFlag?: string;
  usesOpenssl: boolean;
  /** A program that links the library and ends with 0 when it works; the directory of its headers is below externaldeps/. */
  check: { program: string; includeDirectory: string; libraries: readonly string[] };
  /** On one core; only their order matters. Source: spec/test-means.md. */
  buildSeconds: number;
  /** What people are told when the run goes on without it, word for word. Source: seeds/002, spec/kickstart-behaviour.md 8.4. */
  sentences: { fetchFailed: string; buildFailed: string; cmakeMissing?: string };
}

export const catalog: readonly CatalogRow[] = [
  {
    component: 'mosquitto',
    name: 'libmosquitto',
    agentVersions: '>=1.21.0 <1.33.0-0',
    // Agents up to 1.32 pin a fork, whose versions begin with "v.".
    upstreamUrl: (version) =>
      version.startsWith('v.')
        ? `https://github.com/netdata/mosquitto/archive/${version}.tar.gz`
        : `https://mosquitto.org/files/source/mosquitto-${version}.tar.gz`,
    debianPackage: 'mosquitto',
    licence: 'EPL-2.0 OR BSD-3-Clause',
    cmakeArguments: [
      ...['WITH_STATIC_LIBRARIES=ON', 'DOCUMENTATION=OFF', 'WITH_BROKER=OFF', 'WITH_CLIENTS=OFF', 'WITH_APPS=OFF'],
      ...['WITH_PLUGINS=OFF', 'WITH_CJSON=OFF', 'WITH_SRV=OFF', 'WITH_LIB_CPP=OFF'],
    ],
    outputs: [
      { from: 'lib/libmosquitto_static.a', to: 'mosquitto/libmosquitto.a' },
      { from: 'include', to: 'mosquitto' },
    ],
    usesOpenssl: true,
    check: { program: checkPrograms.mosquitto, includeDirectory: 'mosquitto', libraries: ['ssl', 'crypto', 'pthread'] },
    buildSeconds: 8,
    sentences: {
      fetchFailed: `Unable to fetch sources for libmosquitto. The install process will continue, but you will not be able to connect this node to Netdata Cloud.`,
      buildFailed: `Failed to build libmosquitto. The install process will continue, but you will not be able to connect this node to Netdata Cloud.`,
    },
  },
  {
    component: 'libwebsockets',
    name: 'libwebsockets',
    agentVersions: '>=1.21.0 <1.33.0-0',
    upstreamUrl: (version) => `https://github.com/warmcat/libwebsockets/archive/v${version}.tar.gz`,
    debianPackage: 'libwebsockets',
    system: systemCopies.libwebsockets,
    licence: 'MIT',
    cmakeArguments: [
      ...['LWS_WITH_SHARED=OFF', 'LWS_WITH_STATIC=ON', 'LWS_WITHOUT_TESTAPPS=ON', 'LWS_WITH_SSL=ON', 'LWS_WITH_SOCKS5=ON'],
      // Without libcap, which it would use wherever it sees it, and which whoever links it would have to know.
      ...['LWS_WITH_HTTP2=OFF', 'DISABLE_WERROR=ON', 'LWS_HAVE_LIBCAP=OFF'],
    ],
    outputs: [
      { from: 'lib/libwebsockets.a', to: 'libwebsockets/libwebsockets.a' },
      { from: 'include', to: 'libwebsockets/include' },
    ],
    configureFlag: '--with-bundled-lws',
    usesOpenssl: true,
    check: {
      program: checkPrograms.libwebsockets,
      includeDirectory: 'libwebsockets/include',
      libraries: ['ssl', 'crypto', 'pthread', 'm'],
    },
    buildSeconds: 14,
    sentences: {
      fetchFailed: `Unable to fetch sources for libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.`,
      buildFailed: `Failed to build libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.`,
      cmakeMissing: `Could not find cmake, which is required to build libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.`,
    },
  },
  {
    component: 'jsonc',
    name: 'JSON-C',
    agentVersions: '>=1.22.0 <1.46.0-0',
    upstreamUrl: (version) => `https://github.com/json-c/json-c/archive/json-c-${version}.tar.gz`,
    debianPackage: 'json-c',
    system: systemCopies.jsonc,
    licence: 'MIT',
    cmakeArguments: ['BUILD_STATIC_LIBS=ON', 'BUILD_TESTING=OFF', 'BUILD_APPS=OFF', 'DISABLE_WERROR=ON'],
    outputs: [
      { from: 'lib/libjson-c.a', to: 'jsonc/libjson-c.a' },
      { from: 'include/json-c', to: 'jsonc/json-c' },
    ],
    usesOpenssl: false,
    check: { program: checkPrograms.jsonc, includeDirectory: 'jsonc', libraries: ['m'] },
    buildSeconds: 5,
    sentences: {
      fetchFailed: `Unable to fetch sources for JSON-C. Netdata Cloud support will be disabled.`,
      buildFailed: `Failed to build JSON-C. Netdata Cloud support will be disabled.`,
      cmakeMissing: `Could not find cmake, which is required to build JSON-C. The install process will continue, but Netdata Cloud support will be disabled.`,
    },
  },
];

/** The row of a component; throws for one that nobody planned. */
export function catalogRow(component: string): CatalogRow {
  const row = catalog.find((candidate) => candidate.component === component);
  if (row === undefined) throw new Error(`There is no library ${component} in the catalog.`);
  return row;
}

/** What this machine and this run offer beside upstream. */
interface Places {
  packageManager?: string | undefined;
  /** A flat directory of archives. */
  bundleDirectory?: string | undefined;
  /** Without a trailing slash; archives are directly below it. */
  mirrorUrl?: string | undefined;
}

/** Where to look for a pinned archive, in this order: bundle, mirror, upstream, then the distribution, where it has source packages. */
export function sourcesOf(row: CatalogRow, pin: PinnedSource, places: Places): readonly Source[] {
  const { packageManager, bundleDirectory: directory, mirrorUrl } = places;
  const url = row.upstreamUrl(pin.version);
  // As the tree, upstream and Debian call it: whichever of them a bundle was filled from.
  const fileNames = [pin.fileName, url.slice(url.lastIndexOf('/') + 1), `${row.debianPackage}_${pin.version}.orig.tar.gz`];
  return [
    ...(directory === undefined ? [] : [{ from: 'directory' as const, directory, fileNames: [...new Set(fileNames)] }]),
    ...(mirrorUrl === undefined ? [] : [{ from: 'url' as const, url: `${mirrorUrl}/${pin.fileName}` }]),
    { from: 'url', url },
    ...(packageManager === 'apt' ? [{ from: 'debian-source' as const, package: row.debianPackage, version: pin.version }] : []),
  ];
}

/** The cmake arguments of a library, without those that say where. */
export function cmakeArguments(row: CatalogRow): readonly string[] {
  return [...sharedCmakeArguments, ...row.cmakeArguments].map((argument) => `-D${argument}`);
}

// Static, and position independent, because the agent is. Source: spec/test-means.md. Without the registry libwebsockets leaves a file in ~/.cmake.
const sharedCmakeArguments: readonly string[] = [
  ...['CMAKE_BUILD_TYPE=Release', 'CMAKE_POSITION_INDEPENDENT_CODE=ON', 'BUILD_SHARED_LIBS=OFF', 'CMAKE_INSTALL_LIBDIR=lib'],
  'CMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON',
];
