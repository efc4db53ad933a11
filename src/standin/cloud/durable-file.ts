import { readFile } from 'node:fs/promises';
import { errorCode } from '../../system/error-code.ts';
import { replaceFile } from '../../system/whole-file.ts';

/** All of the file or nothing of it, also after a crash. Not twice at the same time for one path. */
export function writeDurably(path: string, content: string, mode = 0o600): Promise<void> {
  return replaceFile(path, { mode }, (handle) => handle.writeFile(content));
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
