import { KickstartError } from '../errors.ts';
import { canonicalPath, MOST_AGENT_BYTES } from '../host/allowed-reads.ts';
import type { FileFacts, ReadableSystem } from '../system/system.ts';

/** Whether the path is a directory, or a link to one: administrators move directories to larger disks that way. */
export async function isDirectory(path: string, system: ReadableSystem): Promise<boolean> {
  const named = await system.stat(path);
  const facts = named?.kind === 'link' ? await system.stat(await canonicalPath(path, system)) : named;
  return facts?.kind === 'directory';
}

/** Why what is there is not a file as an agent has them, when it is none. */
export function notSmallFile(path: string, { kind, sizeBytes }: FileFacts): KickstartError | undefined {
  if (kind !== 'file') return pathTaken(path, 'a file');
  if (sizeBytes <= MOST_AGENT_BYTES) return undefined;
  return new KickstartError('HOST_PATH_TAKEN', {
    what: `${path} is far too large for a file of an agent's claim or configuration: ${sizeBytes} bytes.`,
    why: 'Nobody writes so much there; kickstart does not read, copy or replace it.',
    next: `Look with: ls -ls ${path}; move it away, and run kickstart again.`,
  });
}

/** For a path that holds something which is not what must be there, and which is not ours to remove. */
export function pathTaken(path: string, wanted: 'a file' | 'a directory'): KickstartError {
  return new KickstartError('HOST_PATH_TAKEN', {
    what: `There must be ${wanted} at ${path}, and something of another kind is there.`,
    why: 'kickstart did not put it there, so it does not take it away.',
    next: `Look with: ls -ld ${path}; move it away, and run kickstart again.`,
  });
}
