import { join } from 'node:path';
import type { CatalogRow, Language } from '../artifacts/catalog.ts';
import type { System } from '../system/system.ts';
import type { RunInBuild } from './build-library.ts';

interface Trial {
  /** Laid out like externaldeps/. */
  files: string;
  /** Where the program is made; the builder can write there. */
  directory: string;
  run: RunInBuild;
  system: System;
}

/** Compiles, links and runs the library's check program against what the agent's build will find. Throws HOST_COMMAND_FAILED. */
export async function tryLibrary(
  { check, language, outputs }: CatalogRow,
  { files, directory, run, system }: Trial,
): Promise<void> {
  const { program, proto, includeDirectory, libraries } = check;
  const [compiler, ending] = compilers[language];
  const [source, generated] = [`check.${ending}`, `check.pb.${ending}`];
  await system.writeFile(join(directory, source), program, { mode: 0o644 });
  if (proto !== undefined) {
    await system.writeFile(join(directory, 'check.proto'), proto.text, { mode: 0o644 });
    await run({ program: join(files, proto.compiler), arguments: ['--cpp_out=.', 'check.proto'], directory });
  }
  const archives = outputs.filter(({ to }) => to.endsWith('.a')).map(({ to }) => join(files, to));
  const sources = proto === undefined ? [source] : [source, generated];
  const link = [...sources, '-I', '.', '-I', join(files, includeDirectory), ...archives, ...libraries.map((name) => `-l${name}`)];
  await run({ program: compiler, arguments: ['-o', 'check', ...link], directory });
  await run({ program: join(directory, 'check'), arguments: [], directory, timeoutSeconds: 30 });
}

const compilers: Readonly<Record<Language, readonly [program: string, ending: string]>> = {
  c: ['cc', 'c'],
  'c++': ['c++', 'cc'],
};
