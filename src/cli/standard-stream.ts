import type { Writable } from 'node:stream';

/**
 * Writes to a stream for as long as it takes anything. A reader that has ended (EPIPE), a full disk (ENOSPC) or a terminal that is gone (EIO) must
 * not end a run that changes the machine: the rest of the output is dropped, and the exit status still says how the run ended.
 */
export function writerTo(stream: Writable): (text: string) => void {
  let takes = true;
  stream.on('error', () => {
    takes = false;
  });
  return (text) => {
    if (takes) stream.write(text);
  };
}
