import type { System } from '../system/system.ts';
import type { Standing } from './advice.ts';
import type { Environment } from './options.ts';

/** All that a command gets from outside. `main.ts` makes the real one. */
export interface World extends Standing {
  system: System;
  environment: Environment;
  /** undefined: it was removed or unmounted. */
  workingDirectory: string | undefined;
  /** Of kickstart. */
  version: string;
  /** How this very kickstart is started once more, for processes that stay. */
  self: { program: string; arguments: readonly string[] };
  /** Loads all that this kickstart is made of: afterwards it goes on without its files. */
  loadAllFiles(): void;
  /** The stand-in agent's sources: in the first of these directories that is there, or, in the single executable, the archive of its release. */
  standinAgent: { directories: readonly string[] } | { archive: Buffer };
  output: Output;
  /** The first line of standard input, without its end. */
  standardInput(): Promise<string>;
  /** The user wants the exit numbers of the agent's own claiming script. */
  scriptExitCodes?: true;
  processId: number;
  /** Aborts when the user stops kickstart. */
  signal: AbortSignal;
}

export interface Output {
  /** To standard output. */
  write(text: string): void;
  /** To standard error: refusals and failures. */
  complain(text: string): void;
  isTerminal: boolean;
  /** Of the terminal; 0 when it does not say. */
  columns: number;
}
