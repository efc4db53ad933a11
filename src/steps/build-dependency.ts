import { join } from 'node:path';
import { isLaidOut, layOut, wholeLibrary, writeManifest } from '../artifacts/built-library.ts';
import { catalogRow } from '../artifacts/catalog.ts';
import { sha256OfText } from '../artifacts/checksum.ts';
import { createDirectories, missingDirectories, removeCreated } from '../artifacts/directories.ts';
import { libraryKey } from '../artifacts/library-key.ts';
import type { ReadableSystem } from '../system/system.ts';
import { buildLibrary } from './build-library.ts';
import type { StepContext, StepDefinition } from './definition.ts';

export interface BuildDependencyStep {
  kind: 'build-dependency';
  /** A row of the catalog. */
  component: string;
  version: string;
  archive: string;
  archiveSha256: string;
  /** Of this build alone; not there before. */
  workDirectory: string;
  cacheDirectory: string;
  /** The cache is the user's: what is put there stays. */
  keep: boolean;
  agentSourceDirectory: string;
  jobs: number;
  logPath: string;
}

export interface BuildDependencyUndo {
  workDirectory: string;
  /** Where the library is put together before it is in the cache. */
  staging: string;
  /** The place in the cache, when it is to be taken away. */
  entry?: string;
  externalDirectory: string;
  component: string;
  created: readonly string[];
}

/**
 * Builds one library of the agent-cloud link, or takes it from the cache, and puts it where the agent's build looks for it.
 * In the cache it lies under what it was made of and with; it gets there by a rename, when it has been linked and run.
 * Throws BUILD_TOOLS_MISSING without cmake, else BUILD_DEPENDENCY_FAILED.
 */
export const buildDependency: StepDefinition<BuildDependencyStep, BuildDependencyUndo> = {
  describe: ({ component, version }) => `Build ${catalogRow(component).name} ${version}`,

  async inspect(step, system) {
    const { component, workDirectory, keep } = step;
    const places = await placesOf(step, system);
    const library = await wholeLibrary(places.entry, system);
    if (library !== undefined && (await isLaidOut(library, places.externalDirectory, system))) return undefined;
    const { externalDirectory, staging, entry } = places;
    const created = [
      ...(await missingDirectories(places.builtDirectory, system)),
      ...(await missingDirectories(externalDirectory, system)),
    ];
    return {
      ...{ workDirectory, staging, externalDirectory, component, created },
      ...(keep || library !== undefined ? {} : { entry }),
    };
  },

  async run(step, context) {
    const { system } = context;
    const { entry, externalDirectory } = await placesOf(step, system);
    if ((await wholeLibrary(entry, system)) === undefined) await buildIntoCache(step, context);
    else context.progress('taken from the cache');
    await createDirectories(externalDirectory, 0o755, system);
    await layOut(entry, step.component, externalDirectory, system);
  },

  async undo({ workDirectory, staging, entry, externalDirectory, component, created }, { system }) {
    await system.removeTree(join(externalDirectory, component));
    await system.removeTree(join(externalDirectory, `.${component}`));
    await system.removeTree(staging);
    if (entry !== undefined) await system.removeTree(entry);
    await system.removeTree(workDirectory);
    await removeCreated(created, system);
  },
};

async function buildIntoCache(step: BuildDependencyStep, context: StepContext): Promise<void> {
  const { system } = context;
  const { builtDirectory, staging, entry } = await placesOf(step, system);
  await createDirectories(builtDirectory, 0o755, system);
  await system.removeTree(staging);
  await system.createDirectory(staging, { mode: 0o755 });
  await buildLibrary(step, join(staging, 'files'), context);
  await writeManifest(staging, system);
  await system.removeTree(entry);
  await system.rename(staging, entry);
}

async function placesOf(step: BuildDependencyStep, system: ReadableSystem) {
  const key = await libraryKey(catalogRow(step.component), step.archiveSha256, system);
  const builtDirectory = join(step.cacheDirectory, 'built');
  return {
    builtDirectory,
    entry: join(builtDirectory, key),
    // Named by the run's own directory, so that two runs with one cache do not meet.
    staging: join(builtDirectory, `.${step.component}-${sha256OfText(step.workDirectory).slice(0, 16)}`),
    externalDirectory: join(step.agentSourceDirectory, 'externaldeps'),
  };
}
