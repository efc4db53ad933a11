import { dirname } from 'node:path';
import { sha256OfFile } from '../artifacts/checksum.ts';
import { missingDirectories, removeCreated } from '../artifacts/directories.ts';
import { fetchArtifact as fetchFile, partPath, type Source } from '../artifacts/fetch.ts';
import type { StepDefinition } from './definition.ts';

export interface FetchArtifactStep {
  kind: 'fetch-artifact';
  /** "libmosquitto 2.0.11" */
  title: string;
  /** Tried in this order. */
  sources: readonly Source[];
  /** 64 hex digits, lower case. */
  sha256: string;
  /** <cache>/sources/<sha256>/<file name>; the directories come by themselves. */
  path: string;
  /** Scratch space of the run, which is there and shared by all its fetches. */
  workDirectory: string;
  /** The cache is the user's: what is put there stays. */
  keep: boolean;
}

export interface FetchArtifactUndo {
  /** What is there while it is not known to be the right file. */
  part: string;
  path?: string;
  created: readonly string[];
}

/** Puts a pinned file into the cache. Throws VERIFY_CHECKSUM and FETCH_FAILED. */
export const fetchArtifact: StepDefinition<FetchArtifactStep, FetchArtifactUndo> = {
  describe: ({ title }) => `Fetch ${title} and verify its checksum`,

  async inspect(step, system) {
    const { path, sha256, keep } = step;
    if ((await sha256OfFile(path, system)) === sha256) return undefined;
    const created = await missingDirectories(dirname(path), system);
    return { part: partPath(step), ...(keep ? {} : { path }), created };
  },

  run: (step, context) => fetchFile(step, context),

  async undo({ part, path, created }, { system }) {
    await system.removeFile(part);
    await system.removeTree(`${part}.d`);
    if (path !== undefined) await system.removeFile(path);
    await removeCreated(created, system);
  },
};
