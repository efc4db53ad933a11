import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLibraries } from './build-libraries.ts';
import { debianRoot, debianSuites } from './debian-root.ts';
import { machineRoot } from './machine-root.ts';
import { testCache } from './test-cache.ts';
import {
  cacheOnMachine,
  checkoutOnMachine,
  nodeOnMachine,
  startThrowawayMachine,
  throwawayMachineRefusal,
} from './throwaway-machine.ts';

/** What takes minutes on a fresh machine, and nothing on one where it was done: each part, in the words of an announcement. */
const parts: Readonly<Record<string, () => Promise<void>>> = {
  'the root file system of the throw-away machines': async () => void (await machineRoot()),
  'the libraries of the link to the Cloud, for this machine': async () => withScratch(libraries),
  'the libraries of the link to the Cloud, for the throw-away machines': librariesOfMachines,
  ...Object.fromEntries(
    debianSuites.map((suite) => [`a small Debian ${suite} without compilers`, async () => void (await debianRoot(suite))]),
  ),
};

/** Makes all that slow tests share ready, before any of them has its time limit. A part that cannot be had here is said, and then costs the tests that need it. */
export async function prepare(say: (line: string) => void): Promise<void> {
  for (const [what, make] of Object.entries(parts)) {
    const start = Date.now();
    say(`Making ready: ${what}.`);
    try {
      await make();
      say(`  ready after ${Math.round((Date.now() - start) / 1000)} s`);
    } catch (error) {
      say(`  not to be had here: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Source archives and libraries go into the cache that is named; where that is, users who are not root compile. */
export async function libraries(workDirectory: string, cacheDirectory = testCache): Promise<void> {
  const { error } = await buildLibraries({ cacheDirectory, workDirectory });
  if (error !== undefined) throw error;
}

/** Their OpenSSL need not be this machine's. What does not depend on it is built once. */
async function librariesOfMachines(): Promise<void> {
  const refusal = await throwawayMachineRefusal();
  if (refusal !== undefined) throw new Error(refusal);
  const machine = await startThrowawayMachine({ shared: [{ path: testCache, at: cacheOnMachine, access: 'write' }] });
  try {
    const program = `${checkoutOnMachine}/test/support/fill-cache.ts`;
    const { exitCode, stderr } = await machine.run([nodeOnMachine, program, cacheOnMachine]);
    if (exitCode !== 0) throw new Error(stderr.trim());
  } finally {
    await machine.stop();
  }
}

export async function withScratch(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-libraries-'));
  chmodSync(directory, 0o755);
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
