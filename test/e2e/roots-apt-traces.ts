/** Changes without those that apt and dpkg make for themselves whenever they are used, and which the README says stay: logs, lists, caches. */
export function withoutAptTraces(changes: readonly string[]): readonly string[] {
  return changes.filter((line) => !traces.test(line));
}

const traces = new RegExp(
  `^(${[
    'var/lib/apt/lists/',
    'var/cache/apt/(src)?pkgcache\\.bin\t',
    'var/cache/ldconfig/aux-cache\t',
    'var/cache/debconf/tmp\\.ci\t',
    'var/lib/dpkg/status-old\t',
    'var/log/(apt/|dpkg\\.log\t|alternatives\\.log\t)',
  ].join('|')})`,
);
