import type { PackageManager } from './package-managers.ts';

/** A library that agents are linked with: its headers are what a build needs. */
export type BuildLibrary =
  | 'openssl-headers'
  | 'zlib'
  | 'libuuid'
  | 'libuv'
  | 'lz4'
  | 'judy'
  | 'libyaml'
  | 'json-c'
  | 'protobuf'
  | 'libcurl'
  | 'zstd'
  | 'brotli'
  | 'pcre2'
  | 'libsystemd';

export interface BuildToolRow {
  /** For people: "a C compiler". */
  label: string;
  /** Any of these programs will do… */
  programs?: readonly string[];
  /** …and this header is at one of the usual places, or where pkg-config or the compiler finds it. */
  header?: string;
  /** What pkg-config calls it. */
  pkgConfig?: string;
  packages: Readonly<Record<PackageManager, string | readonly string[]>>;
}

/** Package names: agent packaging/installer/install-required-packages.sh v2.10.4, libjudy's v1.33.1; protobuf's and brotli's are the distributions'. */
export const buildLibraries: Readonly<Record<BuildLibrary, BuildToolRow>> = {
  'openssl-headers': {
    label: 'the headers of OpenSSL',
    header: 'openssl/ssl.h',
    pkgConfig: 'openssl',
    packages: {
      ...rpmBased('openssl-devel'),
      apt: 'libssl-dev',
      zypper: 'libopenssl-devel',
      apk: 'openssl-dev',
      ...others('openssl'),
    },
  },
  zlib: {
    label: 'the headers of zlib',
    header: 'zlib.h',
    pkgConfig: 'zlib',
    // FreeBSD and macOS have it in the base system; this is what brings zlib.pc there.
    packages: { ...rpmBased('zlib-devel'), apt: 'zlib1g-dev', zypper: 'zlib-devel', apk: 'zlib-dev', ...others('zlib') },
  },
  libuuid: {
    label: 'the headers of libuuid',
    header: 'uuid/uuid.h',
    pkgConfig: 'uuid',
    packages: {
      ...rpmBased('libuuid-devel'),
      apt: 'uuid-dev',
      zypper: 'libuuid-devel',
      apk: 'util-linux-dev',
      pacman: 'util-linux',
      pkg: 'libuuid',
      brew: 'ossp-uuid',
    },
  },
  libuv: {
    label: 'the headers of libuv',
    header: 'uv.h',
    pkgConfig: 'libuv',
    packages: { ...rpmBased('libuv-devel'), apt: 'libuv1-dev', zypper: 'libuv-devel', apk: 'libuv-dev', ...others('libuv') },
  },
  lz4: {
    label: 'the headers of LZ4',
    header: 'lz4.h',
    pkgConfig: 'liblz4',
    packages: {
      ...rpmBased('lz4-devel'),
      apt: 'liblz4-dev',
      zypper: 'liblz4-devel',
      apk: 'lz4-dev',
      pacman: 'lz4',
      pkg: 'liblz4',
      brew: 'lz4',
    },
  },
  judy: {
    label: 'the headers of Judy',
    header: 'Judy.h',
    packages: {
      ...rpmBased('Judy-devel'),
      apt: 'libjudy-dev',
      zypper: 'judy-devel',
      apk: 'judy-dev',
      pacman: 'judy',
      pkg: 'Judy',
      brew: 'judy',
    },
  },
  libyaml: {
    label: 'the headers of libyaml',
    header: 'yaml.h',
    pkgConfig: 'yaml-0.1',
    packages: {
      ...rpmBased('libyaml-devel'),
      apt: 'libyaml-dev',
      zypper: 'libyaml-devel',
      apk: 'yaml-dev',
      ...others('libyaml'),
    },
  },
  'json-c': {
    label: 'the headers of JSON-C',
    header: 'json-c/json.h',
    pkgConfig: 'json-c >= 0.14',
    packages: {
      ...rpmBased('json-c-devel'),
      apt: 'libjson-c-dev',
      zypper: 'libjson-c-devel',
      apk: 'json-c-dev',
      ...others('json-c'),
    },
  },
  protobuf: {
    label: 'protobuf and its compiler',
    programs: ['protoc'],
    header: 'google/protobuf/message.h',
    pkgConfig: 'protobuf',
    packages: {
      ...rpmBased('protobuf-devel', 'protobuf-compiler'),
      apt: ['libprotobuf-dev', 'protobuf-compiler'],
      zypper: 'protobuf-devel',
      apk: ['protobuf-dev', 'protoc'],
      ...others('protobuf'),
    },
  },
  libcurl: {
    label: 'the headers of libcurl',
    header: 'curl/curl.h',
    pkgConfig: 'libcurl',
    packages: {
      ...rpmBased('libcurl-devel'),
      apt: 'libcurl4-openssl-dev',
      zypper: 'libcurl-devel',
      apk: 'curl-dev',
      ...others('curl'),
    },
  },
  zstd: {
    label: 'the headers of Zstandard',
    header: 'zstd.h',
    pkgConfig: 'libzstd',
    packages: { ...rpmBased('libzstd-devel'), apt: 'libzstd-dev', zypper: 'libzstd-devel', apk: 'zstd-dev', ...others('zstd') },
  },
  brotli: {
    label: 'the headers of Brotli',
    header: 'brotli/encode.h',
    pkgConfig: 'libbrotlienc',
    packages: {
      ...rpmBased('brotli-devel'),
      apt: 'libbrotli-dev',
      zypper: 'libbrotli-devel',
      apk: 'brotli-dev',
      ...others('brotli'),
    },
  },
  pcre2: {
    label: 'the headers of PCRE2',
    header: 'pcre2.h',
    pkgConfig: 'libpcre2-8',
    packages: { ...rpmBased('pcre2-devel'), apt: 'libpcre2-dev', zypper: 'pcre2-devel', apk: 'pcre2-dev', ...others('pcre2') },
  },
  libsystemd: {
    label: 'the headers of systemd',
    header: 'systemd/sd-journal.h',
    pkgConfig: 'libsystemd',
    packages: {
      ...rpmBased('systemd-devel'),
      apt: 'libsystemd-dev',
      zypper: 'systemd-devel',
      pacman: 'systemd-libs',
      // Where no machine has systemd, nothing brings it.
      ...{ apk: [], pkg: [], brew: [] },
    },
  },
};

function rpmBased(...names: readonly string[]) {
  return { dnf: names, yum: names };
}

/** These do not divide a library from its headers. */
function others(name: string) {
  return { pacman: name, pkg: name, brew: name };
}
