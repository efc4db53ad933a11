import { satisfies } from 'semver';
import type { BuildTool } from '../host/build-tools.ts';

/**
 * What needs it: `agent`: without it there is no agent; `cloud`: without it there is no link to the Cloud; `library`: the same, where kickstart
 * builds a library of the link; `plugin`: the build is told to do without; `feature`: it sees for itself what is there. The agent has less then.
 */
export type NeedOf = 'agent' | 'cloud' | 'library' | 'plugin' | 'feature';

interface AgentNeed {
  tool: BuildTool;
  /** semver range of the agents. */
  agents: string;
  of: NeedOf;
}

/** What this agent's build needs of this kind, in the order of the table. */
export function needsOf(kind: NeedOf, version: string): readonly BuildTool[] {
  const isFor = ({ agents, of }: AgentNeed) => of === kind && satisfies(version, agents, { includePrerelease: true });
  return agentNeeds.filter(isFor).map(({ tool }) => tool);
}

/** Earlier ones have a configure. */
export function isBuiltWithCmake(version: string): boolean {
  return satisfies(version, '>=1.45.0-0', { includePrerelease: true });
}

/**
 * Source: configure.ac of v1.30.0 to v1.44.3, CMakeLists.txt of v1.45.0 to v2.11.0, where they end with an error, and where they leave out a part.
 * Release archives up to 1.44 have a configure, so autoconf is not on the list. The mathematical library comes with the C library.
 */
const agentNeeds: readonly AgentNeed[] = [
  { tool: 'c-compiler', agents: '*', of: 'agent' },
  { tool: 'c-headers', agents: '*', of: 'agent' },
  { tool: 'make', agents: '*', of: 'agent' },
  // configure asks it for zlib and libuuid, and CMake for nearly all.
  { tool: 'pkg-config', agents: '*', of: 'agent' },
  // mosquitto's CMakeLists.txt names no language, and cmake then insists on C++. From 1.32 on there is protobuf.
  { tool: 'c++-compiler', agents: '<1.32.0-0', of: 'library' },
  { tool: 'c++-compiler', agents: '>=1.32.0-0 <1.45.0-0', of: 'cloud' },
  { tool: 'c++-compiler', agents: '>=1.45.0-0', of: 'agent' },
  { tool: 'cmake', agents: '<1.45.0-0', of: 'library' },
  { tool: 'cmake', agents: '>=1.45.0-0', of: 'agent' },
  { tool: 'zlib', agents: '*', of: 'agent' },
  { tool: 'libuuid', agents: '*', of: 'agent' },
  { tool: 'libuv', agents: '*', of: 'agent' },
  // Up to 1.44 configure goes on without these two, and the agent then keeps no history.
  { tool: 'lz4', agents: '*', of: 'agent' },
  { tool: 'openssl-headers', agents: '*', of: 'agent' },
  // Without it the database engine is left out; later agents have a copy in their tree.
  { tool: 'judy', agents: '<1.36.0-0', of: 'feature' },
  { tool: 'libyaml', agents: '>=1.39.0-0', of: 'agent' },
  // Where it is missing CMake clones it. 1.45 can take the one that kickstart builds.
  { tool: 'json-c', agents: '>=1.46.0-0', of: 'agent' },
  { tool: 'protobuf', agents: '>=1.45.0-0 <2.0.0-0', of: 'cloud' },
  { tool: 'protobuf', agents: '>=2.0.0-0', of: 'agent' },
  { tool: 'libcurl', agents: '>=2.0.0-0', of: 'agent' },
  // Compression of streams and of the database, and log2journal.
  { tool: 'zstd', agents: '>=1.44.0-0', of: 'feature' },
  { tool: 'brotli', agents: '>=1.44.0-0', of: 'feature' },
  { tool: 'pcre2', agents: '>=1.44.0-0', of: 'feature' },
  // Of libsensors in debugfs.plugin.
  { tool: 'flex', agents: '>=2.2.0-0', of: 'plugin' },
  { tool: 'bison', agents: '>=2.2.0-0', of: 'plugin' },
  // Of systemd-journal.plugin; asked for on machines that systemd runs.
  { tool: 'libsystemd', agents: '>=1.42.0-0', of: 'plugin' },
];

/** What every agent needs, whichever it will be. */
export const needsOfAll: readonly BuildTool[] = agentNeeds.filter(({ agents }) => agents === '*').map(({ tool }) => tool);
