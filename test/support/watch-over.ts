import { spawn } from 'node:child_process';

/** Removes a directory when this process ends, however it ends, or when the returned function is called. */
export function watchOver(directory: string): () => void {
  // Its input ends with us. A session of its own, because Ctrl-C is for us.
  const keeper = spawn('sh', ['-c', removal, 'sh', directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  keeper.unref();
  // The cast: a pipe of a child is a socket, whose type Node does not tell.
  (keeper.stdin as typeof keeper.stdin & { unref(): void }).unref();
  return () => keeper.stdin.end();
}

// What else was started may write on for a moment after we died; then the directory is not empty, and rm is to try again.
const removal = 'read -r _; tries=0; until rm -rf -- "$1" || [ "$tries" -ge 50 ]; do tries=$((tries + 1)); sleep 0.2; done';
