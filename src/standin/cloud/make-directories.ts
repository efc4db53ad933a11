import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../../system/error-code.ts';

/**
 * Makes a directory with what is missing above it. Not with Node's `recursive`, which tries for ever where the kernel makes no directories, as in
 * /proc. Throws the kernel's own error, and ELOOP where a link leads nowhere.
 */
export async function makeDirectories(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return mustBeDirectory(path, error);
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path || (await isThere(dirname(path)))) throw error;
    await makeDirectories(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}

async function mustBeDirectory(path: string, error: unknown): Promise<void> {
  if (!(await isThere(path))) throw Object.assign(new Error(`ELOOP: a link that leads nowhere, '${path}'`), { code: 'ELOOP' });
  if (!(await stat(path)).isDirectory()) throw error;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
