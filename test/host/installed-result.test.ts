import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resultRows, rowFor } from '../../src/host/installed-result.ts';

interface Recorded {
  path: string;
  kind: string;
  mode: number;
  owner: string;
}

/** What netdata-installer.sh of 1.37.1 left, in a container; without configuration samples and web files. */
const recorded: readonly Recorded[] = readFileSync(join(import.meta.dirname, '../fixtures/installer-result-1.37.1.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [mode = '', owner = '', path = ''] = line.split('\t');
    const kind = { d: 'directory', l: 'link', '-': 'file' }[mode[0] ?? ''] ?? 'other';
    // Of the only link the list has the target.
    return { path: kind === 'link' ? 'etc/netdata/orig' : path.replace(/^\.\/?/, ''), kind, mode: modeOf(mode), owner };
  });

/** "rwsr-x---" → 0o4750. */
function modeOf(letters: string): number {
  const bits = [...letters.slice(1)].map((letter, index) => (letter === '-' || letter === 'S' ? 0 : 1 << (8 - index)));
  return bits.reduce((sum, bit) => sum + bit, /s/i.test(letters[3] ?? '') ? 0o4000 : 0);
}

/** What no row says anything of has the mode of a plain `make install`. */
function ours({ path, kind }: Recorded) {
  const row = rowFor(path, kind, resultRows);
  const isProgram = /^usr\/sbin\/|\/edit-config$/.test(path);
  return {
    mode: row?.mode ?? (isProgram ? 0o755 : 0o644),
    owner: `${row?.owner ?? 'root'}:${row?.group ?? 'root'}`,
    why: row?.why,
  };
}

const octal = (mode: number) => mode.toString(8);

describe('an install of 1.37.1', () => {
  it('was recorded whole', () => {
    expect(recorded).toHaveLength(245);
    expect(recorded.filter(({ kind }) => kind === 'other')).toEqual([]);
    expect(recorded.find(({ path }) => path.endsWith('/apps.plugin'))?.mode).toBe(0o4750);
  });

  it('has what that installer leaves, with its modes and owners, but for what has its reason in the table', () => {
    const differences = recorded.flatMap((entry) => {
      const { mode, owner, why } = ours(entry);
      if (mode === entry.mode && owner === entry.owner) return [];
      return [
        `${entry.path}: ${octal(entry.mode)} ${entry.owner}, and ours ${octal(mode)} ${owner}${why ? '' : ' WITHOUT A REASON'}`,
      ];
    });
    expect(differences.sort()).toEqual([
      'etc/netdata/.opt-out-from-anonymous-statistics: 664 root:root, and ours 644 root:root',
      'usr/lib/netdata/conf.d: 775 root:root, and ours 755 root:root',
      'usr/libexec: 775 root:root, and ours 755 root:root',
      'usr/sbin: 775 root:root, and ours 755 root:root',
      'usr/share/netdata: 775 root:root, and ours 755 root:root',
      'usr/share: 775 root:root, and ours 755 root:root',
      'var/cache: 775 root:root, and ours 755 root:root',
      'var/lib/netdata/netdata.tarball.checksum: 664 root:root, and ours 0 root:root',
      'var/lib: 775 root:root, and ours 755 root:root',
      'var/log: 775 root:root, and ours 755 root:root',
      'var/run: 775 root:root, and ours 755 root:root',
      'var: 775 root:root, and ours 755 root:root',
    ]);
  });

  // Seen beside the listing: perf.plugin cap_perfmon=ep, slabinfo.plugin cap_dac_read_search=ep, and no other.
  it('has the capabilities that were seen', () => {
    const capable = recorded.flatMap((entry) => {
      const [first] = rowFor(entry.path, entry.kind, resultRows)?.capabilities ?? [];
      return first === undefined ? [] : [[entry.path.split('/').at(-1), first]];
    });
    expect(capable).toEqual([
      ['perf.plugin', 'cap_perfmon+ep'],
      ['slabinfo.plugin', 'cap_dac_read_search+ep'],
    ]);
  });
});

describe('a row', () => {
  it.each([
    ['usr/libexec/netdata/**/*.sh', 'usr/libexec/netdata/install-service.sh', true],
    ['usr/libexec/netdata/**/*.sh', 'usr/libexec/netdata/a/b/x.sh', true],
    ['usr/libexec/netdata/**/*.sh', 'usr/libexec/netdata/plugins.d/x.sh.inc', false],
    ['usr/libexec/netdata/**/*plugin', 'usr/libexec/netdata/plugins.d/otel-plugin', true],
    ['usr/libexec/netdata/plugins.d/apps.plugin', 'usr/libexec/netdata/plugins.d/appsXplugin', false],
    ['usr/libexec/netdata/*', 'usr/libexec/netdata/a/b', false],
    ['**', '', true],
  ])('%s fits %s: %s', (path, given, fits) => {
    expect(rowFor(given, 'file', [{ path, kind: 'file' }]) !== undefined).toBe(fits);
  });

  it('is the last of those that fit', () => {
    const rows = [
      { path: '**', kind: 'file', mode: 1 },
      { path: 'a/*', kind: 'file', mode: 2 },
      { path: 'a/b', kind: 'directory', mode: 3 },
    ] as const;
    expect(rowFor('a/b', 'file', rows)?.mode).toBe(2);
  });
});
