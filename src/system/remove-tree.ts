import type { Dirent } from 'node:fs';
import { constants as flags } from 'node:fs';
import * as fs from 'node:fs/promises';
import { errorCode } from './error-code.ts';

/** Removes a directory with all that is in it, or a file; nothing there is fine. No link is followed, whatever its owner does meanwhile. */
export async function removeWholeTree(path: string): Promise<void> {
  if (process.geteuid?.() === 0) await takeOver(path);
  // rm looks at each entry with lstat, and unlinks links.
  await fs.rm(path, { recursive: true, force: true });
}

/**
 * Makes root the only one who can change the directories, from the top down: between the look at an entry and the step into it, the
 * agent's user could otherwise put a link there, and root would empty what it leads to.
 */
async function takeOver(path: string): Promise<void> {
  for (const entry of await entriesOfOwn(path)) {
    if (entry.isDirectory()) await takeOver(`${path}/${entry.name}`);
  }
}

async function entriesOfOwn(path: string): Promise<readonly Dirent[]> {
  try {
    const handle = await fs.open(path, flags.O_RDONLY | flags.O_DIRECTORY | flags.O_NOFOLLOW);
    try {
      const { uid, mode } = await handle.stat();
      if (uid !== 0) await handle.chown(0, 0);
      if (uid !== 0 || (mode & 0o022) !== 0) await handle.chmod(0o700);
    } finally {
      await handle.close();
    }
    return await fs.readdir(path, { withFileTypes: true });
  } catch (error) {
    // Not there, not a directory, or a link.
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}
