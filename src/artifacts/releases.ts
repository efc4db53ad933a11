/** One third-party source archive that the agent's source tree pins in `packaging/<name>.version` and `.checksums`. */
export interface PinnedSource {
  /** The name used in packaging/: mosquitto, libwebsockets, jsonc. */
  component: string;
  version: string;
  /** The archive's file name in the .checksums file. */
  fileName: string;
  /** 64 hex digits, lower case. */
  sha256: string;
}

/** An agent's source release, with what its own tree pins. */
export interface AgentRelease {
  /** With the leading v, as the tag: "v1.31.0". */
  tag: string;
  /** semver without the v. */
  version: string;
  url: string;
  sha256: string;
  pinned: readonly PinnedSource[];
}

/** What can be had. Plain JSON. */
export interface Releases {
  agent: AgentRelease;
}
