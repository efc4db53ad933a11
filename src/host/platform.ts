import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed, statIfAllowed } from './allowed-reads.ts';

export type ContainerKind = 'docker' | 'podman' | 'lxc' | 'systemd-nspawn' | 'kubernetes' | 'other';

export interface Platform {
  /** As uname says: Linux, Darwin, FreeBSD. */
  kernel: string;
  kernelVersion: string;
  /** As uname -m says: x86_64, aarch64, armv7l. */
  architecture: string;
  libc: { kind: 'glibc' | 'musl' | 'unknown'; version?: string };
  /** undefined: not in a container. */
  container: ContainerKind | undefined;
  /** Windows Subsystem for Linux. */
  wsl: boolean;
}

/** Asks the process itself, because only it knows its personality: an i686 program on an x86_64 kernel. Only where musl is, a program is run. */
export async function readPlatform(system: ReadableSystem): Promise<Platform> {
  const { kernel, kernelVersion, architecture, glibcVersion } = system.processPlatform();
  const [libc, container] = await Promise.all([readLibc(glibcVersion, system), readContainer(system)]);
  return { kernel, kernelVersion, architecture, libc, container, wsl: /microsoft|wsl/i.test(kernelVersion) };
}

// glibc is asked first: Debian machines with the musl package have musl's loader too, and their programs still use glibc.
async function readLibc(glibcVersion: string | undefined, system: ReadableSystem): Promise<Platform['libc']> {
  if (glibcVersion) return { kind: 'glibc', version: glibcVersion };
  const loader = (await system.list('/lib'))?.find((name) => /^ld-musl-.*\.so\.1$/.test(name));
  if (!loader) return { kind: 'unknown' };
  // musl's loader has no option for this; without arguments it prints its version and its usage, and exits with 1.
  const musl = /^Version (\S+)/m.exec((await system.query({ program: `/lib/${loader}`, arguments: [] })).stderr);
  return musl?.[1] ? { kind: 'musl', version: musl[1] } : { kind: 'musl' };
}

// Kubernetes first: it is above the runtime that makes the container, and decides how long the container lives.
async function readContainer(system: ReadableSystem): Promise<ContainerKind | undefined> {
  const [serviceAccount, named, dockerMark, podmanMark, environment, groups] = await Promise.all([
    statIfAllowed('/var/run/secrets/kubernetes.io', system),
    readIfAllowed('/run/systemd/container', system),
    statIfAllowed('/.dockerenv', system),
    statIfAllowed('/run/.containerenv', system),
    readIfAllowed('/proc/1/environ', system),
    readIfAllowed('/proc/1/cgroup', system),
  ]);
  const variables = (environment ?? '').split('\0');
  const variable = variables.find((entry) => entry.startsWith('container='))?.slice('container='.length);
  if (serviceAccount || variables.some((entry) => entry.startsWith('KUBERNETES_SERVICE_HOST='))) return 'kubernetes';
  if (/kubepods/.test(groups ?? '')) return 'kubernetes';
  return (
    containerNamed(named?.trim()) ??
    containerNamed(variable) ??
    (podmanMark ? 'podman' : undefined) ??
    (dockerMark ? 'docker' : undefined) ??
    containerOfGroup(groups ?? '')
  );
}

// Values of $container: https://systemd.io/CONTAINER_INTERFACE. WSL calls itself one here, and is asked for by kernel name.
function containerNamed(name: string | undefined): ContainerKind | undefined {
  if (!name || name === 'wsl') return undefined;
  return containerNames.get(name) ?? 'other';
}

function containerOfGroup(groups: string): ContainerKind | undefined {
  return groupMarks.find(([mark]) => mark.test(groups))?.[1];
}

const containerNames: ReadonlyMap<string, ContainerKind> = new Map([
  ['docker', 'docker'],
  ['podman', 'podman'],
  ['lxc', 'lxc'],
  ['lxc-libvirt', 'lxc'],
  ['systemd-nspawn', 'systemd-nspawn'],
]);

const groupMarks: readonly (readonly [RegExp, ContainerKind])[] = [
  [/libpod/, 'podman'],
  [/\/docker[/-]/, 'docker'],
  [/\/lxc[./]/, 'lxc'],
];
