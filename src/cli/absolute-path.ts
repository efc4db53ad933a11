import { isAbsolute, normalize, resolve } from 'node:path';
import { KickstartError } from '../errors.ts';

/** A path that the user named. A relative one needs the working directory, which may have been removed or unmounted: undefined. Throws USAGE_NO_WORKING_DIRECTORY. */
export function absolutePath(path: string, { workingDirectory }: { workingDirectory: string | undefined }): string {
  if (workingDirectory !== undefined) return resolve(workingDirectory, path);
  if (isAbsolute(path)) return resolve(path);
  throw new KickstartError('USAGE_NO_WORKING_DIRECTORY', {
    what: `The path ${normalize(path)} is relative, and the working directory is gone.`,
    why: 'The directory that kickstart was started in was removed or unmounted.',
    next: 'Run "cd /", or give an absolute path, and run kickstart again.',
  });
}
