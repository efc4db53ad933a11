import { join } from 'node:path';
import { collectOutputs } from '../artifacts/built-library.ts';
import { type CatalogRow, catalogRow, cmakeArguments } from '../artifacts/catalog.ts';
import { createDirectories } from '../artifacts/directories.ts';
import { unpack } from '../artifacts/unpack.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { causeOf } from './compiler-lines.ts';
import type { StepContext } from './definition.ts';

interface LibraryBuild {
  component: string;
  version: string;
  archive: string;
  workDirectory: string;
  jobs: number;
  logPath: string;
}

/** Builds a library with cmake, puts it into `files` as the agent's build expects it, and links and runs a small program with it. */
export async function buildLibrary(build: LibraryBuild, files: string, context: StepContext): Promise<void> {
  const { system } = context;
  const row = catalogRow(build.component);
  await requireCmake(row, context);
  try {
    await installLibrary(build, row, context);
    await collectOutputs(join(build.workDirectory, 'installed'), row, files, system);
    await tryLibrary(build, row, files, context);
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    throw new KickstartError('BUILD_DEPENDENCY_FAILED', {
      what: `Failed to build ${row.name} ${build.version}: ${error.what}`,
      why: await causeOf(error, build.logPath, system),
      next: `Often a program or a header is missing: cmake, a C compiler, or OpenSSL's development files. The whole output is in ${build.logPath}, which stays only with --keep-on-failure.`,
      cause: error,
    });
  }
}

async function installLibrary(build: LibraryBuild, row: CatalogRow, { system, signal, progress }: StepContext): Promise<void> {
  const { workDirectory, archive, jobs, logPath } = build;
  const [source, directory] = [join(workDirectory, 'source'), join(workDirectory, 'build')];
  await system.removeTree(workDirectory);
  for (const path of [source, directory]) await createDirectories(path, 0o755, system);
  progress('unpacking');
  await unpack({ archive, destination: source, stripComponents: 1 }, system, signal);
  progress('configuring');
  const configure = [...cmakeArguments(row), `-DCMAKE_INSTALL_PREFIX=${join(workDirectory, 'installed')}`, source];
  await system.run({ program: 'cmake', arguments: configure, directory, logPath }, signal);
  progress('compiling');
  const install = ['--build', '.', '--target', 'install', '--', `-j${jobs}`];
  await system.run({ program: 'cmake', arguments: install, directory, logPath }, signal);
}

async function tryLibrary(build: LibraryBuild, row: CatalogRow, files: string, { system, signal, progress }: StepContext) {
  const { workDirectory, logPath } = build;
  const { program, includeDirectory, libraries } = row.check;
  progress('linking and running a program with it');
  const [source, check] = [join(workDirectory, 'check.c'), join(workDirectory, 'check')];
  await system.writeFile(source, program, { mode: 0o644 });
  const archives = row.outputs.filter(({ to }) => to.endsWith('.a')).map(({ to }) => join(files, to));
  const link = ['-o', check, source, '-I', join(files, includeDirectory), ...archives, ...libraries.map((name) => `-l${name}`)];
  await system.run({ program: 'cc', arguments: link, directory: workDirectory, logPath }, signal);
  await system.run({ program: check, arguments: [], directory: workDirectory, logPath, timeoutSeconds: 30 }, signal);
}

async function requireCmake(row: CatalogRow, { system }: StepContext): Promise<void> {
  if ((await system.query({ program: 'cmake', arguments: ['--version'] })).exitCode !== 127) return;
  throw new KickstartError('BUILD_TOOLS_MISSING', {
    what: `Could not find cmake, which is required to build ${row.name}.`,
    why: 'There is no program with this name on the search path.',
    next: 'Install cmake with your package manager, and run kickstart again.',
  });
}
