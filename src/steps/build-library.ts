import { join } from 'node:path';
import { type CatalogRow, catalogRow, cmakeArguments } from '../artifacts/catalog.ts';
import { collectOutputs, copyAll } from '../artifacts/collect-outputs.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import type { Command, JobPool, NewFile, Owner, System } from '../system/system.ts';
import { buildFailure } from './build-failure.ts';
import type { StepContext } from './definition.ts';
import { tryLibrary } from './try-library.ts';

export interface LibraryBuild {
  component: string;
  version: string;
  /** Unpacked; the builder's own. */
  sourceDirectory: string;
  /** Is there, can be entered by the builder, and has nothing of an earlier build in it but what is made anew. */
  workDirectory: string;
  jobs: JobPool;
  /** Whose rights the build has. Absent: those of kickstart. */
  builder?: Owner;
  logPath: string;
}

/** How a build runs a program: in a directory of its own, with one slot of the pool, and the builder's rights. */
export type RunInBuild = (command: Command) => Promise<unknown>;

/**
 * Builds a library with cmake and make, takes what the agent's build expects, proves it with a small program, and puts it at `files`, which is
 * not there before. Throws BUILD_TOOLS_MISSING without cmake, else BUILD_DEPENDENCY_FAILED.
 */
export async function buildLibrary(build: LibraryBuild, files: string, context: StepContext): Promise<void> {
  const row = catalogRow(build.component);
  const { system, signal, progress } = context;
  const { logPath, jobs, builder } = build;
  const own = builder === undefined ? {} : { user: builder };
  const run: RunInBuild = (command) => system.run({ ...command, ...own, logPath, jobs }, signal);
  await requireCmake(row, system);
  const directories = await makeDirectories(build, system);
  try {
    progress('configuring');
    const places = [`-DCMAKE_INSTALL_PREFIX=${directories.installed}`, await cmakeDirectory(build, row, system)];
    const configure = ['-G', 'Unix Makefiles', ...cmakeArguments(row), ...places];
    await run({ program: 'cmake', arguments: configure, directory: directories.build });
    progress('compiling');
    // make itself and not `cmake --build`, so that nothing is between it and the descriptors of the job pool.
    await run({ program: 'make', arguments: row.targets, directory: directories.build });
    const trees = { ...directories, source: build.sourceDirectory };
    await collectOutputs(row, { trees, files: directories.outputs, ...(builder === undefined ? {} : { builder }) }, system);
    progress('linking and running a program with it');
    await tryLibrary(row, { files: directories.outputs, directory: directories.check, run, system });
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    throw await failure(error, build, row, system);
  }
  await moveTree(directories.outputs, files, system);
}

async function requireCmake({ name }: CatalogRow, system: System): Promise<void> {
  if ((await system.query({ program: 'cmake', arguments: ['--version'] })).exitCode !== 127) return;
  throw new KickstartError('BUILD_TOOLS_MISSING', {
    what: `Could not find cmake, which is required to build ${name}.`,
    why: 'There is no program with this name on the search path.',
    next: 'Install cmake with your package manager, and run kickstart again.',
  });
}

/** Of the builder, but for the outputs: nobody else can change them once they are taken. */
async function makeDirectories({ workDirectory, builder }: LibraryBuild, system: System) {
  const owner = builder === undefined ? {} : { owner: builder };
  const made = async (name: string, directory: NewFile) => {
    const path = join(workDirectory, name);
    await system.removeTree(path);
    await system.createDirectory(path, directory);
    return path;
  };
  const builders = { mode: 0o755, ...owner };
  return {
    ...{
      build: await made('build', builders),
      installed: await made('installed', builders),
      check: await made('check', builders),
    },
    outputs: await made('outputs', { mode: 0o755 }),
  };
}

async function cmakeDirectory({ sourceDirectory }: LibraryBuild, row: CatalogRow, system: System): Promise<string> {
  for (const below of row.cmakeDirectories ?? []) {
    const path = join(sourceDirectory, below);
    if ((await system.stat(join(path, 'CMakeLists.txt')))?.kind === 'file') return path;
  }
  return sourceDirectory;
}

async function failure(cause: KickstartError, build: LibraryBuild, { name, usesOpenssl }: CatalogRow, system: System) {
  const { why, next } = await buildFailure(cause, build.logPath, system);
  const usual = `Often a program or a header is missing: cmake, a compiler${usesOpenssl ? ", or OpenSSL's development files" : ''}.`;
  return new KickstartError('BUILD_DEPENDENCY_FAILED', {
    what: `Failed to build ${name} ${build.version}: ${cause.what}`,
    why,
    next: `${next ?? usual} The whole output is in ${build.logPath}.`,
    cause,
  });
}

/** By a rename; where `files` is on another file system, by a copy. */
async function moveTree(from: string, files: string, system: System): Promise<void> {
  try {
    await system.rename(from, files);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await copyAll(from, files, {}, system);
  }
}
