import type { World } from '../../src/cli/world.ts';
import { createFakeSystem, type FakeSystem, type FakeSystemOptions } from './fake-system.ts';

export interface FakeWorld extends World {
  system: FakeSystem;
  /** What people would have seen: standard output, and standard error. */
  printed(): { output: string; complaints: string };
}

/** A kickstart on a fake machine, as process 42, without a terminal. */
export function fakeWorld(machine: FakeSystemOptions = {}, changes: Partial<World> = {}): FakeWorld {
  let output = '';
  let complaints = '';
  const files = {
    '/proc/self/stat': '42 (kickstart) R',
    '/var/lib': { directory: true },
    '/var/cache': { directory: true },
  } as const;
  return {
    environment: {},
    workingDirectory: '/root',
    version: '0.1.0',
    commandName: 'kickstart',
    self: { program: '/usr/bin/kickstart', arguments: [] },
    standinAgent: { directories: ['/usr/share/standin-agent'] },
    loadAllFiles: () => undefined,
    standardInput: async () => '',
    processId: 42,
    signal: new AbortController().signal,
    ...changes,
    system: createFakeSystem({
      ...machine,
      files: { ...files, ...machine.files },
      processes: { 42: { program: 'kickstart', arguments: [] }, ...machine.processes },
    }),
    output: {
      write: (text) => {
        output += text;
      },
      complain: (text) => {
        complaints += text;
      },
      isTerminal: false,
      columns: 0,
    },
    printed: () => ({ output, complaints }),
  };
}
