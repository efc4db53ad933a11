import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOsRelease } from '../../src/host/distribution.ts';

/** One file of package sources, and the same for source packages. */
export interface SourceList {
  name: 'machine.list' | 'machine.sources';
  text: string;
  sourceText: string;
}

/** This machine's own entries for Debian itself, with another suite in them. Throws where there are none. Source: sources.list(5). */
export function debianSources(suite: string): readonly SourceList[] {
  const own = parseOsRelease(readFileSync('/etc/os-release', 'utf8')).get('VERSION_CODENAME') ?? '';
  const lists: readonly SourceList[] = [
    listOf('machine.list', oneLineEntries(read('.list'), own, suite), /^deb /gm, 'deb-src '),
    listOf('machine.sources', deb822Entries(read('.sources'), own, suite), /^Types: deb$/gm, 'Types: deb-src'),
  ];
  const filled = lists.filter(({ text }) => text !== '');
  if (filled.length === 0) throw new Error(`The apt configuration of this machine has no entries for the suite ${own}.`);
  return filled;
}

function listOf(name: SourceList['name'], entries: readonly string[], binary: RegExp, source: string): SourceList {
  const text = entries.map((entry) => `${entry}\n\n`).join('');
  return { name, text, sourceText: text.replaceAll(binary, source) };
}

/** "deb [options] URI suite components" */
function oneLineEntries(lines: string, own: string, suite: string): readonly string[] {
  return lines.split('\n').flatMap((line) => {
    const [, options = '', uri = '', named = ''] = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+main\b/.exec(line) ?? [];
    return isOf(own, named) ? [`deb ${options}${uri} ${named.replace(own, suite)} main`] : [];
  });
}

function deb822Entries(text: string, own: string, suite: string): readonly string[] {
  const bare = text.replaceAll(/^#.*\n/gm, '');
  return bare.split(/\n(?:[ \t]*\n)+/).flatMap((paragraph) => {
    const suites = (/^Suites:\s*(.*)$/im.exec(paragraph)?.[1] ?? '').split(/\s+/).filter((named) => isOf(own, named));
    if (suites.length === 0 || !/^Types:.*\bdeb\b/im.test(paragraph) || /^Enabled:\s*(no|false|0|off)\s*$/im.test(paragraph))
      return [];
    return [
      paragraph
        .trim()
        .replace(/^Types:.*$/im, 'Types: deb')
        .replace(/^Components:.*$/im, 'Components: main')
        .replace(/^Suites:.*$/im, `Suites: ${suites.map((named) => named.replace(own, suite)).join(' ')}`),
    ];
  });
}

// The suite itself, and those beside it: bookworm-updates, bookworm-security, not bookworm-backports.
function isOf(own: string, named: string): boolean {
  return own !== '' && [own, `${own}-updates`, `${own}-security`].includes(named);
}

function read(ending: '.list' | '.sources'): string {
  const parts = '/etc/apt/sources.list.d';
  const inParts = readdirSync(parts).filter((name) => name.endsWith(ending));
  const paths = [...(ending === '.list' ? ['/etc/apt/sources.list'] : []), ...inParts.map((name) => join(parts, name))];
  return paths.map(readIfThere).join('\n\n');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
