/** One thing, or several, of what an agent's own installer leaves after `make install`. */
export interface ResultRow {
  /** Below the root. `*` is any part of a name, `**` any names. Of the rows that fit a path the last counts. */
  path: string;
  kind: 'file' | 'directory' | 'link';
  /** semver range of the agents; absent: all. */
  versions?: string;
  /** tree: what the build brought, or was added to it; state: the agent's own, made before; none: kickstart leaves it out, and says why. */
  of: 'tree' | 'state' | 'none';
  /** The agent's user; absent: root. */
  owner?: 'netdata';
  /** The agent's group; absent: root's. */
  group?: 'netdata';
  mode: number;
  /** What setcap is told, the first that it takes. Where it takes none, or is not there, the file becomes setuid instead. */
  capabilities?: readonly string[];
  /** Why it is not as that installer has it. */
  why?: string;
}

/** Files that run as root, whoever of the agent's group starts them: setuid, or with capabilities where these will do. */
const setuid = 0o4750;
/** For the agent's group alone: plugins are started by the agent. */
const agentOnly = { group: 'netdata', mode: 0o750 } as const;
const plugins = 'usr/libexec/netdata/plugins.d';
const readsAll = { ...agentOnly, capabilities: ['cap_dac_read_search+ep'] };
const noUmask = "That installer's umask of 002 lets root's group write; no other user is in it, and nothing needs it.";

/**
 * What root's install of an agent looks like in the end. Source: netdata-installer.sh v1.37.1:1151 to 1330 and v2.10.4:757 to 979, and a recorded
 * listing of a real result (test/fixtures/installer-result-1.37.1.tsv), which a test compares with these rows.
 */
export const resultRows: readonly ResultRow[] = [
  // What is in no other row: directories and programs for all to read and run, other files for all to read.
  { path: '**', kind: 'directory', of: 'tree', mode: 0o755, why: noUmask },
  { path: 'usr/libexec/netdata/**', kind: 'file', of: 'tree', mode: 0o644 },
  { path: 'usr/libexec/netdata/**/*.sh', kind: 'file', of: 'tree', mode: 0o755 },
  { path: 'usr/libexec/netdata/**/*plugin', kind: 'file', of: 'tree', ...agentOnly },
  { path: 'usr/libexec/netdata/netdata-uninstaller.sh', kind: 'file', of: 'tree', mode: 0o750 },
  { path: `${plugins}/cgroup-network-helper.sh`, kind: 'file', of: 'tree', ...agentOnly },
  // Outside containers that installer tries capabilities, and then the program, as root. Setuid is what it leaves wherever that fails.
  { path: `${plugins}/apps.plugin`, kind: 'file', of: 'tree', group: 'netdata', mode: setuid },
  ...['cgroup-network', 'freeipmi.plugin', 'nfacct.plugin', 'xenstat.plugin', 'ioping', 'ebpf.plugin'].map(setuidPlugin),
  ...['local-listeners', 'network-viewer.plugin', 'ndsudo'].map(setuidPlugin),
  // Of kernels before 5.8 the second. Up to 1.44 that installer leaves them without rights where setcap fails; a plugin that cannot work helps nobody.
  {
    path: `${plugins}/perf.plugin`,
    kind: 'file',
    of: 'tree',
    ...agentOnly,
    capabilities: ['cap_perfmon+ep', 'cap_sys_admin+ep'],
  },
  { path: `${plugins}/slabinfo.plugin`, kind: 'file', of: 'tree', ...readsAll },
  { path: `${plugins}/debugfs.plugin`, kind: 'file', of: 'tree', ...readsAll },
  { path: `${plugins}/systemd-journal.plugin`, kind: 'file', of: 'tree', ...readsAll },
  { path: `${plugins}/otel-signal-viewer-plugin`, kind: 'file', of: 'tree', ...readsAll },
  {
    ...{ path: `${plugins}/go.d.plugin`, kind: 'file', of: 'tree', ...agentOnly },
    capabilities: ['cap_dac_read_search+epi cap_net_admin+epi cap_net_raw=eip'],
  },
  { path: 'usr/share/netdata/web', kind: 'directory', of: 'tree', mode: 0o775 },
  { path: 'usr/share/netdata/web/**', kind: 'directory', of: 'tree', mode: 0o775 },
  { path: 'usr/share/netdata/web/**', kind: 'file', of: 'tree', mode: 0o664 },
  { path: 'etc/netdata/.environment', kind: 'file', of: 'tree', mode: 0o644 },
  { path: 'etc/netdata/orig', kind: 'link', of: 'tree', mode: 0o777 },
  {
    ...{ path: 'etc/netdata/.opt-out-from-anonymous-statistics', kind: 'file', of: 'state', mode: 0o644 },
    why: noUmask,
  },
  { path: 'var/lib/netdata', kind: 'directory', of: 'state', owner: 'netdata', group: 'netdata', mode: 0o775 },
  { path: 'var/cache/netdata', kind: 'directory', of: 'state', owner: 'netdata', group: 'netdata', mode: 0o775 },
  { path: 'var/log/netdata', kind: 'directory', of: 'state', owner: 'netdata', mode: 0o755 },
  {
    ...{ path: 'var/lib/netdata/cloud.d', kind: 'directory', of: 'state', versions: '>=1.22.0-0' },
    ...{ owner: 'netdata', group: 'netdata', mode: 0o770 },
  },
  {
    ...{ path: 'var/lib/netdata/registry', kind: 'directory', of: 'state', versions: '>=1.45.0-0' },
    ...{ owner: 'netdata', group: 'netdata', mode: 0o770 },
  },
  {
    ...{ path: 'var/lib/netdata/netdata.tarball.checksum', kind: 'file', of: 'none', mode: 0 },
    why: "kickstart upgrades by the version of the program, and root writes nothing into the agent's own directory that it need not.",
  },
];

function setuidPlugin(name: string): ResultRow {
  return { path: `${plugins}/${name}`, kind: 'file', of: 'tree', group: 'netdata', mode: setuid };
}

/** For another user than root there are no groups and no rights to give; that installer then makes all of its programs executable. */
export const resultRowsWithoutRoot: readonly ResultRow[] = [
  { path: 'usr/libexec/netdata/**', kind: 'file', of: 'tree', mode: 0o755 },
  { path: 'usr/share/netdata/web/**', kind: 'file', of: 'tree', mode: 0o664 },
];

/** How files and directories of a tree are to be installed; what no row fits keeps its mode. */
export type TreeRights = readonly Pick<ResultRow, 'path' | 'kind' | 'group' | 'mode' | 'capabilities'>[];

/** The last of these rows that fits such a thing at this path. */
export function rowFor<Row extends Pick<ResultRow, 'path' | 'kind'>>(
  path: string,
  kind: string,
  rows: readonly Row[],
): Row | undefined {
  return rows.findLast((row) => row.kind === kind && patternOf(row.path).test(path));
}

function patternOf(path: string): RegExp {
  // "a/**/b" is a/b, too.
  const source = path
    .split(/(\*\*\/|\*\*|\*)/)
    .map((part) => wildcards[part] ?? part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&'))
    .join('');
  return new RegExp(`^${source}$`);
}

const wildcards: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*' };

/** Groups that let an agent see more. Those that the machine has get the agent's user. Source: as above. */
export const extraGroups: readonly { versions: string; groups: readonly string[] }[] = [
  {
    versions: '<2.8.0-0',
    groups: ['docker', 'nginx', 'varnish', 'haproxy', 'adm', 'nsd', 'proxy', 'squid', 'ceph', 'nobody'],
  },
  { versions: '>=2.8.0-0', groups: ['docker', 'ceph', 'I2C'] },
];
