import { checkPrograms } from './check-programs.ts';
import type { Source } from './fetch/fetch.ts';
import type { PinnedSource } from './releases.ts';
import { type SystemCopy, systemCopies } from './system-copies.ts';

/** One library of the agent-cloud link: where it comes from, how it is built, what the agent's own build expects of it. */
export interface CatalogRow {
  /** In packaging/<component>.version and .checksums. */
  component: string;
  /** In sentences for people. */
  name: string;
  /** semver range of the agents for which it is built and put into externaldeps/. Source: spec/kickstart-behaviour.md 8.1. */
  agentVersions: string;
  /** semver range of the agents whose own CMake clones and builds it, where the system has none: they get the system's. Source: spec/kickstart-behaviour.md 8.1. */
  cmakeFetched?: string;
  /** What the CMake of agents from 1.45 is told: On to clone it (1.45: to take it from externaldeps/), Off to use the system's. */
  cmakeOption?: string;
  upstreamUrl: (version: string) => string;
  debianPackage: string;
  licence: string;
  language: Language;
  /** Where CMakeLists.txt is: the first of these that has one. Default: the top of the sources. */
  cmakeDirectories?: readonly string[];
  /** After those that all libraries share. */
  cmakeArguments: readonly string[];
  /** What make is asked for, and no more. */
  targets: readonly string[];
  outputs: readonly LibraryOutput[];
  /** What the agent's configure has to be told when the library is in externaldeps/. */
  configureFlag?: string;
  /** Where the system's own copy may be used instead. */
  system?: SystemCopy;
  usesOpenssl: boolean;
  /** A program that links the library and ends with 0 when it works. */
  check: LibraryCheck;
  /** On one core; only their order matters. Source: spec/test-means.md. */
  buildSeconds: number;
  /** What people are told when the run goes on without it, word for word. Source: seeds/002, spec/kickstart-behaviour.md 8.4. */
  sentences: { fetchFailed: string; buildFailed: string; cmakeMissing?: string };
}

export type Language = 'c' | 'c++';

/** A file, or a directory, that the build left, and where it goes. Source: spec/kickstart-behaviour.md 8.3. */
export interface LibraryOutput {
  /** What `make install` brought, what `make` left beside its makefiles, or the sources themselves. */
  tree: 'installed' | 'build' | 'source';
  /** The first of these that is there; a link to a file beside it stands for that file. */
  from: readonly string[];
  /** Below externaldeps/. */
  to: string;
  /** Of a directory only files that end so. Default: all. */
  endings?: readonly string[];
}

export interface LibraryCheck {
  program: string;
  /** A .proto file, which the built protoc (below externaldeps/) compiles first; the program includes check.pb.h. */
  proto?: { text: string; compiler: string };
  /** Below externaldeps/. */
  includeDirectory: string;
  /** Of the system. */
  libraries: readonly string[];
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
    language: 'c',
    cmakeArguments: [
      ...['WITH_STATIC_LIBRARIES=ON', 'DOCUMENTATION=OFF', 'WITH_BROKER=OFF', 'WITH_CLIENTS=OFF', 'WITH_APPS=OFF'],
      ...['WITH_PLUGINS=OFF', 'WITH_CJSON=OFF', 'WITH_SRV=OFF', 'WITH_LIB_CPP=OFF'],
    ],
    // Not the shared library, nor, in 1.6, the broker and the clients, which cannot be left out there by an option.
    targets: ['libmosquitto_static'],
    outputs: [
      { tree: 'build', from: ['lib/libmosquitto_static.a'], to: 'mosquitto/libmosquitto.a' },
      // In 1.6 the header is beside the library's code.
      { tree: 'source', from: ['include', 'lib'], to: 'mosquitto', endings: ['.h'] },
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
    language: 'c',
    cmakeArguments: [
      ...['LWS_WITH_SHARED=OFF', 'LWS_WITH_STATIC=ON', 'LWS_WITHOUT_TESTAPPS=ON', 'LWS_WITH_SSL=ON', 'LWS_WITH_SOCKS5=ON'],
      // Without libcap, which it would use wherever it sees it, and which whoever links it would have to know.
      ...['LWS_WITH_HTTP2=OFF', 'DISABLE_WERROR=ON', 'LWS_HAVE_LIBCAP=OFF'],
    ],
    targets: ['install'],
    outputs: [
      { tree: 'installed', from: ['lib/libwebsockets.a'], to: 'libwebsockets/libwebsockets.a' },
      { tree: 'installed', from: ['include'], to: 'libwebsockets/include' },
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
    cmakeFetched: '>=1.46.0-0',
    cmakeOption: 'ENABLE_BUNDLED_JSONC',
    upstreamUrl: (version) => `https://github.com/json-c/json-c/archive/json-c-${version}.tar.gz`,
    debianPackage: 'json-c',
    system: systemCopies.jsonc,
    licence: 'MIT',
    language: 'c',
    cmakeArguments: ['BUILD_STATIC_LIBS=ON', 'BUILD_TESTING=OFF', 'BUILD_APPS=OFF', 'DISABLE_WERROR=ON'],
    targets: ['install'],
    outputs: [
      { tree: 'installed', from: ['lib/libjson-c.a'], to: 'jsonc/libjson-c.a' },
      { tree: 'installed', from: ['include/json-c'], to: 'jsonc/json-c' },
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
  {
    component: 'protobuf',
    name: 'protobuf',
    agentVersions: '>=1.32.0 <1.45.0-0',
    cmakeFetched: '>=1.45.0-0',
    cmakeOption: 'ENABLE_BUNDLED_PROTOBUF',
    // From 3.21 on releases are called by the second and third number, and the archives for C++ by all three.
    upstreamUrl: (version) =>
      `https://github.com/protocolbuffers/protobuf/releases/download/v${version.replace(/^3\.(?=2[1-9]\.)/, '')}/protobuf-cpp-${version}.tar.gz`,
    debianPackage: 'protobuf',
    licence: 'BSD-3-Clause',
    language: 'c++',
    // Before 3.21 it was not at the top.
    cmakeDirectories: ['.', 'cmake'],
    cmakeArguments: ['protobuf_BUILD_TESTS=OFF', 'protobuf_BUILD_SHARED_LIBS=OFF', 'protobuf_WITH_ZLIB=OFF'],
    targets: ['libprotobuf', 'protoc'],
    outputs: [
      { tree: 'build', from: ['libprotobuf.a'], to: 'protobuf/src/.libs/libprotobuf.a' },
      { tree: 'build', from: ['protoc'], to: 'protobuf/src/protoc' },
      { tree: 'source', from: ['src/google'], to: 'protobuf/src/google', endings: ['.h', '.inc', '.proto'] },
    ],
    configureFlag: '--with-bundled-protobuf',
    system: systemCopies.protobuf,
    usesOpenssl: false,
    check: {
      program: checkPrograms.protobuf,
      proto: { text: checkPrograms.protobufMessage, compiler: 'protobuf/src/protoc' },
      includeDirectory: 'protobuf/src',
      libraries: ['pthread'],
    },
    buildSeconds: 207,
    sentences: {
      fetchFailed: `Unable to fetch sources for protobuf. You may not be able to connect this node to Netdata Cloud.`,
      buildFailed: `Failed to build protobuf. You may not be able to connect this node to Netdata Cloud.`,
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
  // The libraries that old agents pin ask for a CMake that 4.0 no longer speaks. Source: CMake 4.0 release notes.
  'CMAKE_POLICY_VERSION_MINIMUM=3.5',
  // CMake's own, and after every -Werror: what is only deprecated today stops no build. libwebsockets without it does not compile with OpenSSL 3,
  // and not every version knows DISABLE_WERROR.
  'CMAKE_C_FLAGS_RELEASE=-O3 -DNDEBUG -Wno-error',
];
