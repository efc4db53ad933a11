import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchOver } from '../test/support/watch-over.ts';

/** A directory for one measurement, which is gone after the work, also when the bench is killed. */
export async function inScratch(work) {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-bench-'));
  const release = watchOver(directory);
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
    release();
  }
}
