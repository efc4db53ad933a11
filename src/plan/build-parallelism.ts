import { satisfies } from 'semver';
import type { HostFacts } from '../host/facts.ts';

type Machine = Pick<HostFacts, 'cores' | 'memoryBytes'>;

const mebibyte = 1024 ** 2;

/**
 * What one job needs at most. The largest file of protobuf 3.21.12 (descriptor.cc) takes the C++ compiler (GCC 12) 449 MiB, measured; no file of
 * libwebsockets takes the C compiler more than 64 MiB, and the reference installer counts 256 MiB for each job above the first.
 * Source: spec/kickstart-behaviour.md 7.5.
 */
export const bytesPerJob = { c: 256 * mebibyte, 'c++': 512 * mebibyte } as const;

/** In what the largest files of an agent and its libraries are written: from 1.32 on in C++, protobuf's. Source: spec/kickstart-behaviour.md 8.1. */
export function buildLanguage(agentVersion: string): keyof typeof bytesPerJob {
  return satisfies(agentVersion, '>=1.32.0-0', { includePrerelease: true }) ? 'c++' : 'c';
}

/** How many jobs all builds together run at the same time, 1 or more. Memory that is not known (0) is enough for one. */
export function jobSlots({ cores, memoryBytes }: Machine, bytes: number): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / bytes)));
}

/** Both numbers, when the machine has too little memory for a single job; undefined when it has enough, or nobody knows. */
export function lackingMemory({ memoryBytes }: Pick<Machine, 'memoryBytes'>, neededBytes: number) {
  return memoryBytes === 0 || memoryBytes >= neededBytes ? undefined : { neededBytes, memoryBytes };
}
