import type { FileFacts, ReadableSystem } from '../system/system.ts';

/** The file's text; undefined also when this user may not read it, or nobody can: what cannot be read tells nothing about the machine. */
export function readIfAllowed(path: string, system: ReadableSystem): Promise<string | undefined> {
  return system.readFile(path).catch(undefinedIfUnseen);
}

/**
 * As readIfAllowed, for the files of an agent: root follows no links of others on the way there. None of them is large: what is, is something else, and
 * tells nothing either.
 */
export function readAgentFile(path: string, system: ReadableSystem): Promise<string | undefined> {
  return system.readFile(path, { links: 'administrators', maximumBytes: MOST_AGENT_BYTES }).catch(undefinedIfUnseen);
}

/** As readAgentFile, and of a link nothing: for what other users could have put there, and what is handed on to others. */
export function readItselfIfAllowed(path: string, system: ReadableSystem): Promise<string | undefined> {
  return system.readFile(path, { links: 'refused', maximumBytes: MOST_AGENT_BYTES }).catch(undefinedIfUnseen);
}

/** What is at the path; undefined also when this user may not look, or the path leads through a file or in a circle. */
export function statIfAllowed(path: string, system: ReadableSystem): Promise<FileFacts | undefined> {
  return system.stat(path).catch(undefinedIfUnseen);
}

/** Names in the directory; undefined also when this user may not look. */
export function listIfAllowed(path: string, system: ReadableSystem): Promise<readonly string[] | undefined> {
  return system.list(path).catch(undefinedIfUnseen);
}

/** A path as it is without links in it; a part that is not there stays as written. Source for the depth: Linux path_resolution(7). */
export async function canonicalPath(path: string, system: ReadableSystem): Promise<string> {
  let resolved = '';
  let left = partsOf(path);
  for (let links = 0; left.length > 0; ) {
    const [part = '', ...rest] = left;
    left = rest;
    if (part === '..') {
      resolved = directoryOf(resolved);
      continue;
    }
    const here = `${resolved}/${part}`;
    const isLink = (await statIfAllowed(here, system))?.kind === 'link';
    const target = isLink && links++ < MOST_LINKS ? await system.readLink(here) : undefined;
    if (target === undefined) {
      resolved = here;
      continue;
    }
    if (target.startsWith('/')) resolved = '';
    left = [...partsOf(target), ...rest];
  }
  return resolved || '/';
}

/** The path above: "/a/b" → "/a", "/a" → the empty string. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** For what is asked of /proc: a process may end while it is looked at, and then the kernel says ESRCH, or the path is not there any more. */
export function undefinedIfGone(error: NodeJS.ErrnoException): undefined {
  if (GONE.has(error.code ?? '')) return undefined;
  throw error;
}

function undefinedIfUnseen(error: NodeJS.ErrnoException): undefined {
  if (NOTHING_SEEN.has(error.code ?? '')) return undefined;
  throw error;
}

// What is no regular file says EINVAL, EISDIR or ENXIO when it is read.
const NOTHING_SEEN = new Set(['EACCES', 'EPERM', 'ENOTDIR', 'ELOOP', 'EFBIG', 'EINVAL', 'EISDIR', 'ENXIO']);
const GONE = new Set(['ESRCH', 'ENOENT', 'EACCES', 'EPERM', 'EINVAL']);
/** Of a file of the agent: the longest there is, netdata.conf with every setting, has less than a tenth. */
export const MOST_AGENT_BYTES = 1024 * 1024;
const MOST_LINKS = 40;
