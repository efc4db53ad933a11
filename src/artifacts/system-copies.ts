/** The system's own copy of a library: when the agent's build may use it, and what brings it. */
export interface SystemCopy {
  /** Its name for pkg-config. */
  pkgConfig: string;
  /** Programs that must be there with it, in its version. */
  programs?: readonly string[];
  /** semver range of the versions that suit an agent with a configure… */
  versions: string;
  /** …and one that is built with CMake. */
  cmakeVersions: string;
  /** Whether it is taken wherever it is, or with --use-system-libs only. */
  use: 'when-there' | 'when-asked';
  /** By package manager: what brings it with its development files. */
  packages: Readonly<Record<string, readonly string[]>>;
  /** What the agent's configure has to be told. */
  configureFlag?: string;
  /** What people should know when it is used. */
  caution?: string;
}

/** By component. libmosquitto has none: agents need the functions of a fork. Source: spec/kickstart-behaviour.md 7.2, 8.1 and 8.3. */
export const systemCopies = {
  jsonc: {
    pkgConfig: 'json-c',
    versions: '>=0.14.0',
    cmakeVersions: '>=0.14.0',
    use: 'when-there',
    packages: {
      apt: ['libjson-c-dev'],
      dnf: ['json-c-devel'],
      yum: ['json-c-devel'],
      zypper: ['libjson-c-devel'],
      apk: ['json-c-dev'],
      pacman: ['json-c'],
      pkg: ['json-c'],
      brew: ['json-c'],
    },
  },
  libwebsockets: {
    pkgConfig: 'libwebsockets',
    versions: '>=3.2.0',
    cmakeVersions: '>=3.2.0',
    use: 'when-asked',
    packages: {
      apt: ['libwebsockets-dev'],
      dnf: ['libwebsockets-devel'],
      yum: ['libwebsockets-devel'],
      zypper: ['libwebsockets-devel'],
      apk: ['libwebsockets-dev'],
      pacman: ['libwebsockets'],
      pkg: ['libwebsockets'],
      brew: ['libwebsockets'],
    },
  },
  protobuf: {
    pkgConfig: 'protobuf',
    programs: ['protoc'],
    // From 22 on it needs Abseil and a newer C++ than agents before 1.45 are compiled with. Source: spec/kickstart-behaviour.md 8.1.
    versions: '>=3.0.0 <4.0.0',
    cmakeVersions: '>=3.0.0',
    use: 'when-there',
    configureFlag: '--without-bundled-protobuf',
    packages: {
      apt: ['libprotobuf-dev', 'protobuf-compiler'],
      dnf: ['protobuf-devel', 'protobuf-compiler'],
      yum: ['protobuf-devel', 'protobuf-compiler'],
      zypper: ['protobuf-devel'],
      apk: ['protobuf-dev', 'protoc'],
      pacman: ['protobuf'],
      pkg: ['protobuf'],
      brew: ['protobuf'],
    },
    // Word for word what the reference installer says of it, which uses it only when told to. Source: spec/kickstart-behaviour.md 8.4.
    caution:
      "This should work, but it is not recommended as it's very likely to break if you upgrade the currently installed version of protobuf. Run kickstart again then.",
  },
} as const satisfies Readonly<Record<string, SystemCopy>>;
