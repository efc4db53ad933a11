import { dirname } from 'node:path';
import { KickstartError } from '../../errors.ts';
import { type Owner, type System, shownUrl } from '../../system/system.ts';
import { sha256OfText } from '../checksum.ts';
import { createDirectories } from '../directories.ts';
import { arriveFrom } from './arrive.ts';
import { fetchFromDebian } from './debian-source.ts';
import { fetchFromDirectory, regularFile } from './directory-source.ts';
import { downloadFrom } from './download.ts';

/**
 * Where bytes can be had. A directory is an offline bundle: flat, and only read. A source package of the distribution comes through the
 * machine's own apt configuration.
 */
export type Source =
  | { from: 'directory'; directory: string; fileNames: readonly string[] }
  | { from: 'url'; url: string }
  | { from: 'debian-source'; package: string; version: string };

export interface Fetching {
  /** "libmosquitto 2.0.11" */
  title: string;
  /** Tried in this order. */
  sources: readonly Source[];
  /** 64 hex digits, lower case. */
  sha256: string;
  /** Where the file goes; its directory comes by itself. */
  path: string;
  /** Scratch space of the run, shared by all its fetches. */
  workDirectory: string;
  /** PEM file whose certificates are trusted beside the system's. */
  caFile?: string;
  /** The archive's tree, which is there whole when the fetch resolves. */
  unpack?: Destination;
}

export interface Destination {
  /** Not there before; its parent is. What a kill leaves is at `unpackingPath` of it. */
  destination: string;
  /** How many leading names are taken off each path. */
  stripComponents: number;
  /** Default: who runs kickstart. */
  owner?: Owner;
}

export interface FetchContext {
  system: System;
  signal: AbortSignal;
  progress(text: string): void;
}

/** Why a source did not give the file; `actual` when it gave another one. */
export interface SourceProblem {
  why: string;
  actual?: string;
}

/**
 * Gets a file from the first source that has it with the pinned SHA-256, and unpacks it in the same pass over its bytes; file and tree are at their
 * places only when it is the right one. Throws VERIFY_CHECKSUM when a source had another file and none the right one, VERIFY_ARCHIVE_UNSAFE when the
 * right one must not be unpacked, else FETCH_FAILED, with what was wrong with each source.
 */
export async function fetchArtifact(fetching: Fetching, context: FetchContext): Promise<void> {
  const { sources, path } = fetching;
  const { system, signal } = context;
  if (await isInCache(fetching, context)) return;
  await createDirectories(dirname(path), 0o755, system);
  const arriving = { ...fetching, part: partPath(fetching) };
  const problems: (SourceProblem & { source: string })[] = [];
  for (const source of sources) {
    signal.throwIfAborted();
    const problem = await fetchFrom(source, arriving, context);
    if (problem === undefined) return;
    problems.push({ ...problem, source: nameOf(source) });
  }
  throw notFetched(fetching, problems);
}

/** Where the bytes go until they are known to be the right ones. Named by the run's own directory, so that two runs with one cache do not meet. */
export function partPath({ path, workDirectory }: Pick<Fetching, 'path' | 'workDirectory'>): string {
  return `${path}${partMark}${sha256OfText(workDirectory).slice(0, 16)}`;
}

/** Hashes and unpacks what is there in one pass; a file that is damaged leaves nothing. */
async function isInCache(fetching: Fetching, context: FetchContext): Promise<boolean> {
  const { system } = context;
  const file = await regularFile(fetching.path, system);
  if (file === undefined) return false;
  return (await arriveFrom(system.readBytes(file), fetching, context)) === undefined;
}

function fetchFrom(
  source: Source,
  arriving: Fetching & { part: string },
  context: FetchContext,
): Promise<SourceProblem | undefined> {
  if (source.from === 'url') return downloadFrom(source, arriving, context);
  if (source.from === 'directory') return fetchFromDirectory(source, arriving, context);
  return fetchFromDebian(source, arriving, context);
}

function nameOf(source: Source): string {
  if (source.from === 'url') return shownUrl(source.url);
  if (source.from === 'directory') return source.directory;
  return `the source package ${source.package} of this machine's distribution`;
}

function notFetched({ title, sha256 }: Fetching, problems: readonly (SourceProblem & { source: string })[]): KickstartError {
  const wrong = problems.filter(({ actual }) => actual !== undefined);
  const why = problems.map(({ source, why: reason }) => `${source}: ${reason}`).join(' ');
  if (wrong.length === 0) {
    return new KickstartError('FETCH_FAILED', {
      what: `Could not get ${title} from any of its sources.`,
      why,
      next: 'Check the network, the proxy and the firewall of this machine, and run kickstart again.',
    });
  }
  return new KickstartError('VERIFY_CHECKSUM', {
    what: `What was downloaded is not ${title}: its SHA-256 should be ${sha256}.`,
    why,
    next: 'Nothing of it was used. Something between this machine and the source may have changed it; if not, report it to whoever pinned the checksum.',
  });
}

const partMark = '.part-';
