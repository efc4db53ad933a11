import { KickstartError } from '../errors.ts';

/** What was thrown, as an error; what the machine itself refuses, in words: a disk that is full is no fault of kickstart. */
export function toError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(String(thrown));
  if (thrown instanceof KickstartError || !('code' in thrown) || !('path' in thrown)) return thrown;
  const reason = reasons.get(String(thrown.code));
  if (reason === undefined) return thrown;
  return new KickstartError('HOST_WRITE_FAILED', {
    what: `${thrown.path} could not be written or read.`,
    why: `${reason.why} (${thrown.message}).`,
    next: reason.next,
    cause: thrown,
  });
}

const rights = 'Run kickstart as root, or as the user to whom it belongs; or name another directory.';
const room = 'Make room there, and run kickstart again.';
const reasons: ReadonlyMap<string, { why: string; next: string }> = new Map([
  ['EACCES', { why: 'This user has no right to', next: rights }],
  ['EPERM', { why: 'This user has no right to, or the file system or a file attribute forbids it', next: rights }],
  ['EROFS', { why: 'The file system cannot be written', next: 'Make it writable, or name another directory.' }],
  [
    'ELOOP',
    {
      why: 'There is a link in a directory that another user than root can write, and root does not follow it',
      next: 'Look where it leads. If it is meant to be there, name the directory itself in netdata.conf instead.',
    },
  ],
  [
    'ENOTDIR',
    {
      why: 'Something else is in the place of a directory',
      next: 'Look with ls -l what is there, move it away, and run kickstart again.',
    },
  ],
  ['ENOSPC', { why: 'The disk is full', next: room }],
  ['EDQUOT', { why: 'The quota of this user is used up', next: room }],
]);
