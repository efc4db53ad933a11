import { join } from 'node:path';
import { isKickstartError } from '../../errors.ts';
import { createDirectories } from '../directories.ts';
import { type Arriving, arriveFrom } from './arrive.ts';
import { prepareDebianLists } from './debian-lists.ts';
import { regularFile } from './directory-source.ts';
import type { FetchContext, Fetching, Source, SourceProblem } from './fetch.ts';

/**
 * Gets the pinned archive out of the distribution's own source package, through the machine's own apt configuration and without touching its
 * lists. Which of the package's versions and files is the pinned one is known by its SHA-256, which apt's signed index names.
 */
export async function fetchFromDebian(
  source: Extract<Source, { from: 'debian-source' }>,
  { workDirectory, ...arriving }: Arriving & Pick<Fetching, 'workDirectory'> & { part: string },
  context: FetchContext,
): Promise<SourceProblem | undefined> {
  const { system, signal, progress } = context;
  const lists = await prepareDebianLists(join(workDirectory, 'debian-source'), context);
  if ('why' in lists) return lists;
  const known = await system.query({ program: 'apt-cache', arguments: ['-c', lists.configuration, 'showsrc', source.package] });
  const versions = sourceVersions(known.stdout);
  const match = versions.find(({ files }) => files.some((file) => file.sha256 === arriving.sha256));
  const file = match?.files.find((candidate) => candidate.sha256 === arriving.sha256);
  if (match === undefined || file === undefined) return noSuchFile(source, versions);

  progress(`apt-get source ${source.package}=${match.version}`);
  const directory = `${arriving.part}.d`;
  await system.removeTree(directory);
  try {
    await createDirectories(directory, 0o755, system);
    // Only the archive: a mirror that lacks another file of the package is no hindrance.
    const wanted = ['source', '--download-only', '--tar-only', `${source.package}=${match.version}`];
    await system.run(
      { program: 'apt-get', arguments: ['-c', lists.configuration, ...wanted], directory, timeoutSeconds: 600 },
      signal,
    );
    const brought = await regularFile(join(directory, file.name), system);
    if (brought === undefined) return { why: `apt-get did not bring ${file.name}.` };
    const problem = await arriveFrom(system.readBytes(brought), arriving, context);
    return problem && { ...problem, why: `The SHA-256 of its ${file.name} is ${problem.actual}.` };
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    return { why: `${error.what} ${error.why}` };
  } finally {
    await system.removeTree(directory);
  }
}

interface SourceVersion {
  version: string;
  files: readonly { name: string; sha256: string }[];
}

/** What `apt-cache showsrc` prints: one paragraph for each version, with a list of its files in Checksums-Sha256. */
export function sourceVersions(text: string): readonly SourceVersion[] {
  return text.split(/\n\s*\n/).flatMap((paragraph) => {
    const version = /^Version: *(\S+)$/m.exec(paragraph)?.[1];
    const list = /^Checksums-Sha256:.*((?:\n .*)*)/m.exec(paragraph)?.[1] ?? '';
    const files = [...list.matchAll(/^ ([0-9a-f]{64}) \d+ (\S+)$/gm)].map(([, sha256 = '', name = '']) => ({ name, sha256 }));
    return version === undefined ? [] : [{ version, files }];
  });
}

function noSuchFile(source: { package: string; version: string }, versions: readonly SourceVersion[]): SourceProblem {
  if (versions.length === 0) return { why: `There is no source package ${source.package}.` };
  const [newest] = versions;
  const original = newest?.files.find(({ name }) => /\.orig\.tar\.\w+$/.test(name));
  return {
    why: `It has ${versions.map(({ version }) => version).join(', ')}; ${original?.name ?? 'its archive'} is not the pinned ${source.version}.`,
  };
}
