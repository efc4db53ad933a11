import { join } from 'node:path';
import type { ReadableSystem } from '../../system/system.ts';

/** The machine's package sources, turned into sources of source packages, in apt's two formats. */
interface SourceEntries {
  oneLine: string;
  deb822: string;
}

/** Reads what apt reads: sources.list, and the .list and .sources files beside it. Source: sources.list(5). */
export async function sourceEntries(system: ReadableSystem): Promise<SourceEntries> {
  const { list, parts } = await configuredPlaces(system);
  const names = (await system.list(parts)) ?? [];
  const read = async (paths: readonly string[]) => (await Promise.all(paths.map((path) => system.readFile(path)))).join('\n\n');
  const ending = (end: string) => names.filter((name) => name.endsWith(end)).map((name) => join(parts, name));
  return {
    oneLine: oneLineSources(await read([list, ...ending('.list')])),
    deb822: deb822Sources(await read(ending('.sources'))),
  };
}

/** "deb [options] URI suite components" → the same with deb-src. */
export function oneLineSources(text: string): string {
  const entries = text.split('\n').flatMap((line) => /^\s*deb(?:-src)?\s+(.+?)\s*(?:#.*)?$/.exec(line)?.[1] ?? []);
  return [...new Set(entries)].map((entry) => `deb-src ${entry}\n`).join('');
}

/** Paragraphs with "Types: deb" → the same with "Types: deb-src"; those that are switched off are left out. */
export function deb822Sources(text: string): string {
  const paragraphs = withoutComments(text).split(/\n(?:[ \t]*\n)+/);
  const enabled = paragraphs.filter(
    (paragraph) => /^Types:/im.test(paragraph) && !/^Enabled:\s*(no|false|0|off)\s*$/im.test(paragraph),
  );
  return [...new Set(enabled.map((paragraph) => paragraph.trim().replace(/^Types:.*$/im, 'Types: deb-src')))]
    .join('\n\n')
    .concat('\n')
    .trimStart();
}

function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
}

async function configuredPlaces(system: ReadableSystem): Promise<{ list: string; parts: string }> {
  const places = ['LIST', 'Dir::Etc::sourcelist/f', 'PARTS', 'Dir::Etc::sourceparts/d'];
  const { stdout } = await system.query({ program: 'apt-config', arguments: ['shell', ...places] });
  const place = (name: string) => new RegExp(`^${name}='(.*)'$`, 'm').exec(stdout)?.[1];
  return {
    list: place('LIST') ?? '/etc/apt/sources.list',
    parts: place('PARTS')?.replace(/\/$/, '') ?? '/etc/apt/sources.list.d',
  };
}
