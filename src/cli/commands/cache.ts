import { type CacheEntryFacts, nameOfEntry, readCache } from '../../artifacts/cache/cache-contents.ts';
import { pruneCache } from '../../artifacts/cache/cache-prune.ts';
import { damageOfEntry } from '../../artifacts/cache/cache-verify.ts';
import { KickstartError } from '../../errors.ts';
import { printableJson } from '../../system/printable.ts';
import { absolutePath } from '../absolute-path.ts';
import type { CommandLine } from '../options.ts';
import { ownDirectory } from '../standpoint.ts';
import type { World } from '../world.ts';

interface CacheWork {
  directory: string;
  json: boolean;
}

/** Looks at the cache, verifies it, or takes away what nobody uses. Returns the exit status. Throws CACHE_DAMAGED. */
export async function cache(line: CommandLine, world: World): Promise<number> {
  const named = line.values['cache-directory'];
  const directory = named === undefined ? ownDirectory('cache', world, world.system) : absolutePath(named, world);
  // The command line has checked that the action is one of these.
  await actions[line.action as keyof typeof actions]({ directory, json: line.given.has('json') }, world);
  return 0;
}

const actions = { list, prune, verify };

async function list({ directory, json }: CacheWork, { system, output }: World): Promise<void> {
  const entries = await readCache(directory, system);
  if (json) return output.write(`${printableJson({ cacheDirectory: directory, entries })}\n`);
  output.write(lines([`${summary(entries)} in ${directory}`, ...entries.map(lineOf)]));
}

async function verify({ directory, json }: CacheWork, { system, output }: World): Promise<void> {
  const entries = await readCache(directory, system);
  const found = await Promise.all(entries.map(async (entry) => ({ entry, damage: await damageOfEntry(entry, system) })));
  const damaged = found.flatMap(({ entry, damage }) => (damage === undefined ? [] : [{ entry, damage }]));
  if (damaged.length > 0) {
    throw new KickstartError('CACHE_DAMAGED', {
      what: `${damaged.length} of ${entries.length} entries of the cache ${directory} are damaged.`,
      why: damaged.map(({ entry, damage }) => `${nameOfEntry(entry)} (${entry.path}): ${damage}`).join(' '),
      next: 'A run that needs one of them notices, and makes it again. If it happens again, test the disk and the memory of this machine.',
    });
  }
  if (json) output.write(`${printableJson({ cacheDirectory: directory, entries })}\n`);
  else output.write(lines([`${summary(entries)} in ${directory}: every one of them is what it was.`]));
}

async function prune({ directory, json }: CacheWork, { system, output }: World): Promise<void> {
  const { removed, kept } = await pruneCache(directory, system);
  const freedBytes = sizeOf(removed);
  if (json) return output.write(`${printableJson({ cacheDirectory: directory, freedBytes, removed, kept })}\n`);
  output.write(
    lines([
      removed.length === 0
        ? `Nothing in ${directory} could be removed.`
        : `Removed ${summary(removed)} from ${directory}: ${removed.map(nameOfEntry).join(', ')}.`,
      ...kept.map(({ entry, why }) => `Kept ${nameOfEntry(entry)}: ${reasons[why]}.`),
    ]),
  );
}

const reasons = { used: 'an install uses it', 'being-used': 'a run works on it just now' } as const;

function lineOf(entry: CacheEntryFacts): string {
  const head = `  ${nameOfEntry(entry)}, ${megabytes(entry.sizeBytes)}`;
  if (entry.kind === 'archive') return `${head}, source archive`;
  const { created, compiler, usedBy } = entry;
  const built = created === undefined ? '' : `, built ${created.slice(0, 10)} with ${compiler}`;
  return `${head}${built}, ${usedBy.length === 0 ? 'used by no install' : `used by ${usedBy.join(', ')}`}`;
}

function summary(entries: readonly CacheEntryFacts[]): string {
  const libraries = entries.filter(({ kind }) => kind === 'library').length;
  const archives = entries.length - libraries;
  const counted = `${libraries} built ${libraries === 1 ? 'library' : 'libraries'} and ${archives} source ${archives === 1 ? 'archive' : 'archives'}`;
  return `${counted}, ${megabytes(sizeOf(entries))},`;
}

function sizeOf(entries: readonly CacheEntryFacts[]): number {
  return entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
