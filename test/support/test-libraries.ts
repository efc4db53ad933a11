import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildLibraries } from './build-libraries.ts';
import { prepare } from './prepare.ts';
import { testCache } from './test-cache.ts';

/** The libraries of the agent-cloud link, built and laid out as the agent's build wants them below externaldeps/; or why they cannot be had here. */
type TestLibraries = { directory: string; refusal?: never } | { directory?: never; refusal: string };

declare module 'vitest' {
  interface ProvidedContext {
    testLibraries: TestLibraries;
  }
}

/** Vitest's global setup of the slow tests; what it returns is the teardown. */
export async function setup(project: TestProject): Promise<() => void> {
  // For who runs vitest by hand: scripts/test did it before.
  await prepare((line) => console.log(line));
  const workDirectory = mkdtempSync(join(tmpdir(), 'kickstart-libraries-'));
  project.provide('testLibraries', await librariesBelow(workDirectory));
  return () => rmSync(workDirectory, { recursive: true, force: true });
}

async function librariesBelow(workDirectory: string): Promise<TestLibraries> {
  const { error, directory } = await buildLibraries({ cacheDirectory: testCache, workDirectory });
  // All on one line: it becomes the name of what is skipped.
  return error === undefined ? { directory } : { refusal: error.message.replaceAll(/\s+/g, ' ') };
}
