import { join } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';

/** What a built library is, for those who look at the cache. */
export interface LibraryFacts {
  component: string;
  version: string;
  /** Its first line of --version. */
  compiler: string;
  /** ISO 8601. */
  created: string;
}

/** manifest.json of an entry. Without the facts: from a kickstart that did not write them yet. */
export interface Manifest extends Partial<LibraryFacts> {
  /** Path below files/ → SHA-256. Never empty. */
  files: Readonly<Record<string, string>>;
  executables: readonly string[];
}

/** The manifest of an entry; undefined when there is none, or none that can be read. */
export async function readManifest(entry: string, system: ReadableSystem): Promise<Manifest | undefined> {
  const path = join(entry, 'manifest.json');
  if ((await system.stat(path))?.kind !== 'file') return undefined;
  return parseManifest((await system.readFile(path)) ?? '');
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const { files, executables = [], ...facts } = JSON.parse(text);
    if (typeof files !== 'object' || files === null || !areTexts(Object.values(files)) || Object.keys(files).length === 0)
      return undefined;
    if (!Array.isArray(executables) || !areTexts(executables)) return undefined;
    return { ...factsOf(facts), files, executables };
  } catch {
    // Not JSON, or JSON of another shape: not an entry of ours, or not a whole one.
    return undefined;
  }
}

function factsOf(given: Readonly<Record<string, unknown>>): Partial<LibraryFacts> {
  return Object.fromEntries(factNames.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : [])));
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}

const factNames = ['component', 'version', 'compiler', 'created'] as const satisfies readonly (keyof LibraryFacts)[];
