import { dirname } from 'node:path';
import { KickstartError } from '../errors.ts';
import type { System } from '../system/system.ts';
import { sha256OfFile, sha256OfText } from './checksum.ts';
import { fetchFromDebian } from './debian-source.ts';
import { createDirectories } from './directories.ts';
import { downloadFrom } from './download.ts';

/** Where bytes can be had. A source package of the distribution comes through the machine's own apt configuration. */
export type Source = { from: 'url'; url: string } | { from: 'debian-source'; package: string; version: string };

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
 * Gets a file from the first source that has it with the pinned SHA-256; it is at its path only when it is the right one.
 * Throws VERIFY_CHECKSUM when a source had another file and none the right one, else FETCH_FAILED, with what was wrong with each source.
 */
export async function fetchArtifact(fetching: Fetching, context: FetchContext): Promise<void> {
  const { sources, sha256, path } = fetching;
  const { system, signal } = context;
  if ((await sha256OfFile(path, system)) === sha256) return;
  await createDirectories(dirname(path), 0o755, system);
  const part = partPath(fetching);
  const problems: (SourceProblem & { source: string })[] = [];
  for (const source of sources) {
    signal.throwIfAborted();
    await system.removeFile(part);
    const problem = await fetchFrom(source, { ...fetching, path: part }, context);
    if (problem === undefined) return system.rename(part, path);
    problems.push({ ...problem, source: nameOf(source) });
  }
  await system.removeFile(part);
  throw notFetched(fetching, problems);
}

/** Where the bytes go until they are known to be the right ones. Named by the run's own directory, so that two runs with one cache do not meet. */
export function partPath({ path, workDirectory }: Pick<Fetching, 'path' | 'workDirectory'>): string {
  return `${path}.part-${sha256OfText(workDirectory).slice(0, 16)}`;
}

function fetchFrom(source: Source, fetching: Fetching, context: FetchContext): Promise<SourceProblem | undefined> {
  return source.from === 'url' ? downloadFrom(source, fetching, context) : fetchFromDebian(source, fetching, context);
}

function nameOf(source: Source): string {
  return source.from === 'url' ? source.url : `the source package ${source.package} of this machine's distribution`;
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
