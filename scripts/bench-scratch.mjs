import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for one measurement, which is gone after the work, also when the bench is killed. */
export async function inScratch(work) {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-bench-'));
  const keeper = watchOver(directory);
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
    keeper.stdin.end();
  }
}

// What the bench started may write on for a moment after it died; then the directory is not empty, and rm is to try again.
const removal = 'read -r _; tries=0; until rm -rf -- "$1" || [ "$tries" -ge 50 ]; do tries=$((tries + 1)); sleep 0.2; done';

/** Its input ends with us, however we end; a session of its own, because Ctrl-C is for us. */
function watchOver(directory) {
  const keeper = spawn('sh', ['-c', removal, 'sh', directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  keeper.unref();
  keeper.stdin.unref();
  return keeper;
}
