import { KickstartError } from '../errors.ts';
import type { ReadableSystem } from '../system/system.ts';
import { foreignSentence, wayIn } from '../system/way-in.ts';
import { notSmallFile, pathTaken } from './path-taken.ts';

/**
 * The file that an edit of `path` changes: where an administrator has put a link, what it leads to, and the link stays.
 * Throws HOST_PATH_TAKEN for a link that others than root and this user can change on its way, and for one that leads to no file.
 */
export async function editedPath(path: string, system: ReadableSystem): Promise<string> {
  if ((await system.stat(path))?.kind !== 'link') return path;
  const { foreign, reached } = await wayIn(path, system);
  // The file itself may be the agent's: it is where root has led us.
  if (foreign !== undefined && foreign.kind !== 'file') {
    throw new KickstartError('HOST_PATH_TAKEN', {
      what: `${path} is a link, and kickstart does not follow it.`,
      why: `Others can decide where it leads. ${foreignSentence(foreign)}`,
      next: `Look with: ls -ld ${foreign.path}; give it to root alone, or put the file itself at ${path}, and run kickstart again.`,
    });
  }
  if (reached.kind !== 'file') throw pathTaken(path, 'a file');
  return reached.path;
}

/**
 * A file's bytes as a text with one character for each byte (ISO 8859-1), whatever its encoding is; undefined when no file is there. Throws
 * HOST_PATH_TAKEN for what is far too large.
 */
export async function bytesAsText(path: string, system: ReadableSystem): Promise<string | undefined> {
  const facts = await system.stat(path);
  if (facts?.kind !== 'file') return undefined;
  const taken = notSmallFile(path, facts);
  if (taken !== undefined) throw taken;
  const pieces: Uint8Array[] = [];
  for await (const piece of system.readBytes(path, { links: 'refused' })) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

/** The bytes of such a text. */
export function textAsBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
