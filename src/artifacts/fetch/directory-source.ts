import { basename, dirname, join, resolve } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';
import { type Arriving, arriveFrom } from './arrive.ts';
import type { FetchContext, Source, SourceProblem } from './fetch.ts';

/** Takes the first file of an offline bundle that is the pinned one; the bundle stays as it is. */
export async function fetchFromDirectory(
  { directory, fileNames }: Extract<Source, { from: 'directory' }>,
  arriving: Arriving,
  context: FetchContext,
): Promise<SourceProblem | undefined> {
  const problems: SourceProblem[] = [];
  for (const fileName of fileNames) {
    const file = await regularFile(join(directory, basename(fileName)), context.system);
    if (file === undefined) continue;
    context.progress(`reading ${file}`);
    const problem = await arriveFrom(context.system.readBytes(file), arriving, context);
    if (problem === undefined) return undefined;
    problems.push({ ...problem, why: `The SHA-256 of its ${fileName} is ${problem.actual}.` });
  }
  return problems[0] ?? { why: `It has no file ${fileNames.join(' or ')}.` };
}

/** The path of the file itself, behind links; undefined when nothing is there, or no regular file: a pipe would never end. */
export async function regularFile(path: string, system: ReadableSystem): Promise<string | undefined> {
  let file = path;
  for (let links = 0; links <= mostLinks; links += 1) {
    const kind = (await system.stat(file))?.kind;
    if (kind === 'file') return file;
    if (kind !== 'link') return undefined;
    file = resolve(dirname(file), (await system.readLink(file)) ?? '');
  }
  return undefined;
}

const mostLinks = 40;
