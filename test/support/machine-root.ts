import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bootstrap } from './bootstrap.ts';
import { debianSources } from './debian-sources.ts';

const suite = 'bookworm';
const project = resolve(import.meta.dirname, '../..');
const roots = join(project, 'test-output/roots');
// A root that is older has packages that apt would upgrade when it installs another.
const maximumAgeMilliseconds = 3 * 24 * 3600 * 1000;

/**
 * The root file system that throw-away machines begin from: a Debian with the build packages, and nothing that a host happens to have. Made from
 * the host's own apt configuration, and kept below test-output for three days. Takes a minute cold.
 */
export async function machineRoot(): Promise<string> {
  const lists = debianSources(suite);
  const packages = machinePackages();
  const key = createHash('sha256')
    .update(JSON.stringify([1, suite, packages, lists]))
    .digest('hex');
  const root = join(roots, `machine-${key.slice(0, 16)}`);
  if (!isFresh(root)) await make(root, { packages, lists });
  // Of the host as it is now.
  for (const file of ['etc/resolv.conf', 'etc/hosts']) copyFileSync(`/${file}`, join(root, file));
  return root;
}

/** Those that scripts/debian-packages.txt names for machines, too. */
export function machinePackages(): readonly string[] {
  const text = readFileSync(join(project, 'scripts/debian-packages.txt'), 'utf8');
  const [ofMachines = ''] = text.split(/^# On the host alone/m);
  const names = ofMachines.split('\n').flatMap((line) => /^([a-z0-9][\w.+-]*)\s/.exec(line)?.[1] ?? []);
  return [...names, ...alsoOnMachines];
}

// What every Debian that runs somewhere has, and a root for building does not.
const alsoOnMachines = ['ca-certificates', 'dbus', 'libcap2-bin', 'procps', 'psmisc', 'python3-minimal', 'sudo', 'systemd-sysv'];

function isFresh(root: string): boolean {
  const made = statSync(join(root, 'etc/kickstart-test-root'), { throwIfNoEntry: false });
  return made !== undefined && Date.now() - made.mtimeMs < maximumAgeMilliseconds;
}

async function make(root: string, made: { packages: readonly string[]; lists: ReturnType<typeof debianSources> }) {
  mkdirSync(roots, { recursive: true });
  for (const name of readdirSync(roots)) {
    // Of other days, and of runs that were killed.
    if (name.startsWith('machine-')) rmSync(join(roots, name), { recursive: true, force: true });
  }
  const part = `${root}.part-${process.pid}`;
  const scratch = `${part}-lists`;
  mkdirSync(scratch, { recursive: true });
  await bootstrap({ suite, ...made, target: part, scratch });
  rmSync(scratch, { recursive: true });
  for (const directory of ['dev', 'proc', 'sys', 'srv/checkout', 'srv/test-cache'])
    mkdirSync(join(part, directory), { recursive: true });
  writeFileSync(join(part, 'etc/kickstart-test-root'), '');
  renameSync(part, root);
}
