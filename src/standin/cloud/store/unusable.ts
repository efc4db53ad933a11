import { KickstartError } from '../../../errors.ts';
import { errorCode } from '../../../system/error-code.ts';

/** The error for a file of the data directory that the Cloud cannot start with. */
export function unusable(path: string, why: string, cause?: unknown): KickstartError {
  return new KickstartError('CLOUD_DATA_UNUSABLE', {
    what: `The Cloud cannot start with ${path}.`,
    why,
    next: 'Repair this, bring the file back from a copy, or start the Cloud with another --data directory.',
    cause,
  });
}

/** What work with the data directory gives; where the directory is what it fails at, CLOUD_DATA_UNUSABLE says so. */
export async function withData<Result>(dataDirectory: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const why = REASONS[errorCode(error) ?? ''];
    throw why === undefined ? error : unusable(dataDirectory, why, error);
  }
}

const NOT_ALLOWED = 'It, or a file in it, belongs to another user.';
const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'It is a file, and must be a directory.',
  ENOTDIR: 'A part of the path is a file, and must be a directory.',
  ENOENT: 'The directory cannot be made there.',
  ELOOP: 'It is a link that leads nowhere, or in a circle.',
  EISDIR: 'A directory is there where a file must be.',
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: 'It cannot be written.',
  ENAMETOOLONG: 'The name is too long for the file system.',
  EINVAL: 'The file system does not take such a name.',
  EIO: 'The disk cannot be read or written.',
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The disk quota is used up.',
};
