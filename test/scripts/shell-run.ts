import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Shells that kickstart.sh has to run in: the words to start each. */
export const shells: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash'],
  'busybox ash': ['busybox', 'ash'],
  bash: ['bash'],
  mksh: ['mksh'],
};

export function isHere(program: string): boolean {
  return whereIs(program) !== undefined;
}

/** The absolute path of a program of this machine; what a shell has built in does not count. */
export function whereIs(program: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(':').map((directory) => join(directory, program));
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
}

/** A directory that serves as the whole PATH: links to these programs of the machine, and programs of our own, given as shell text. */
export function searchPath(directory: string, linked: readonly string[], own: Readonly<Record<string, string>> = {}): string {
  mkdirSync(directory, { recursive: true });
  for (const program of linked) {
    const path = whereIs(program);
    if (path === undefined) throw new Error(`${program} is not here`);
    symlinkSync(path, join(directory, program));
  }
  for (const [program, text] of Object.entries(own)) {
    writeFileSync(join(directory, program), `#!/bin/sh\n${text}\n`);
    chmodSync(join(directory, program), 0o755);
  }
  return directory;
}

/** Starts a program in a session of its own, so that there is no terminal to ask at. */
export function start(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
  directory = '/',
): Started {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: environment, cwd: directory, detached: true, stdio: 'pipe' });
  child.stdin.on('error', () => {}); // it ended before it read what we had to say
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended };
}

export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
}
