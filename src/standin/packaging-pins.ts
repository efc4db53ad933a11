import { createHash } from 'node:crypto';
import { satisfies } from 'semver';

/**
 * What a real release has in packaging/ beside what kickstart builds: other components with pins of their own. An installer that trips over one of
 * them can build no real release, so the stand-in has them too: same names and shapes, other hashes. Seen at the tags v1.21.0 to v2.11.0.
 */
export function otherPins(tag: string): ReadonlyMap<string, string> {
  const files = others.flatMap(({ component, tags, version, archives }) => {
    if (!isOf(tag, tags)) return [];
    const name = (suffix: string) => `packaging/${component}.${suffix}`;
    const lines = archives.map(([prefix, fileName]) => `${sumOf(fileName)} ${prefix}${fileName}\n`);
    return [[name('version'), `${version}\n`] as const, [name('checksums'), lines.join('')] as const];
  });
  return new Map(files);
}

/** Whether a release of this tag has this file of the tree: a component that was not pinned yet, or not any more, has none. */
export function isPackaged(path: string, tag: string): boolean {
  const [, component = ''] = /^packaging\/([\w.-]+)\.(?:version|checksums)$/.exec(path) ?? [];
  return isOf(tag, built[component] ?? '*');
}

function isOf(tag: string, range: string): boolean {
  return satisfies(tag.slice(1), range, { includePrerelease: true });
}

function sumOf(fileName: string): string {
  return createHash('sha256').update(fileName).digest('hex');
}

// Those of the tree, by the releases that pin them.
const built: Readonly<Record<string, string>> = {
  mosquitto: '<1.33.0-0',
  libwebsockets: '<1.33.0-0',
  jsonc: '>=1.22.0-0 <1.46.0-0',
  protobuf: '>=1.32.0-0 <1.45.0-0',
};

/** `archives`: what is before the name of each, after the hash and one blank, and the name. */
interface OtherPin {
  component: string;
  tags: string;
  version: string;
  archives: readonly (readonly [string, string])[];
}

const kernelCollector = (version: string) =>
  ['glibc', 'musl', 'static'].map((libc) => `netdata-kernel-collector-${libc}-${version}.tar.xz`);
const goPlugin = [
  'config.tar.gz',
  ...['linux-386', 'linux-amd64', 'linux-arm64'].map((kind) => `go.d.plugin-v0.45.0.${kind}.tar.gz`),
];

const others: readonly OtherPin[] = [
  {
    ...{ component: 'ebpf', tags: '>=1.24.0-0 <1.34.0-0', version: 'v0.9.0' },
    archives: kernelCollector('v0.9.0').map((name) => [' ', name]),
  },
  {
    ...{ component: 'ebpf', tags: '>=1.34.0-0 <1.46.0-0', version: 'v1.0.1' },
    archives: kernelCollector('v1.0.1').map((name) => [' ./', name]),
  },
  {
    ...{ component: 'ebpf-co-re', tags: '>=1.34.0-0 <1.46.0-0', version: 'v1.0.1' },
    archives: [[' ', 'netdata-ebpf-co-re-glibc-v1.0.1.tar.xz']],
  },
  { component: 'go.d', tags: '<1.45.0-0', version: 'v0.45.0', archives: goPlugin.map((name) => ['*', name]) },
  { component: 'dashboard', tags: '<1.31.0-0', version: 'v2.17.0', archives: [[' ', 'dashboard.tar.gz']] },
  {
    ...{ component: 'judy', tags: '>=1.26.0-0 <1.36.0-0', version: '1.0.5-netdata2' },
    archives: [[' ', 'v1.0.5-netdata2.tar.gz']],
  },
  {
    ...{ component: 'libbpf', tags: '>=1.24.0-0 <1.40.0-0', version: '1.0.1_netdata' },
    archives: [[' ', 'v1.0.1_netdata.tar.gz']],
  },
  {
    ...{ component: 'current_libbpf', tags: '>=1.32.0-0 <1.46.0-0', version: '1.0.1_netdata' },
    archives: [[' ', 'v1.0.1_netdata.tar.gz']],
  },
  {
    ...{ component: 'libbpf_0_0_9', tags: '>=1.32.0-0 <1.46.0-0', version: '0.0.9_netdata-1' },
    archives: [[' ', 'v0.0.9_netdata-1.tar.gz']],
  },
  { component: 'yaml', tags: '>=1.39.0-0 <1.45.0-0', version: '0.2.5', archives: [[' ', 'yaml-0.2.5.tar.gz']] },
];
