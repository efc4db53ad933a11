import type { ReadableSystem } from '../system/system.ts';
import { agentClaim } from './agent-claim.ts';
import { agentSettings } from './agent-configuration.ts';
import { generationOf } from './agent-generation.ts';
import { agentLayout, rootOfProgram } from './agent-layout.ts';
import { agentPrograms as programsBelow } from './agent-program.ts';
import { parseAgentVersion } from './agent-version.ts';
import { canonicalPath, readAgentFile, readIfAllowed, statIfAllowed } from './allowed-reads.ts';
import { changedByOthers } from './changed-by-others.ts';
import { isProgram } from './find-program.ts';
import { type InstalledPackage, installedPackage } from './installed-package.ts';
import type { PackageManager } from './package-managers.ts';
import { packageOwner } from './package-owner.ts';

export type ForeignOrigin =
  | 'distribution-package'
  | 'netdata-package'
  | 'static'
  | 'kickstart-build'
  | 'build'
  | 'container'
  | 'unknown';

/** The agent that matters for an install at one root, and who put it there. */
export type ExistingInstall =
  | { kind: 'none' }
  | {
      kind: 'ours';
      /** semver, without the v; absent where root does not ask the program, because others could have put it there. */
      version?: string;
      claimedId?: string;
    }
  /** A receipt is here, and no agent that works. */
  | { kind: 'unfinished' }
  | {
      kind: 'foreign';
      /** The agent's program. */
      path: string;
      how: ForeignOrigin;
      package?: string;
      /** semver, without the v. */
      version?: string;
      /** Programs of further agents that are in the way too. */
      others: readonly string[];
    };

export interface ExistingInstallQuestion {
  root: string;
  stateDirectory: string;
  packageManager: PackageManager | undefined;
  searchPath: readonly string[];
}

/**
 * Packages first, because a package manager must never be built over, wherever the new agent would go; but for an agent that is at the root which was
 * named. Then what is at the root; for an install into the system also what is on the search path and in /opt. Agents below other prefixes are none of our business.
 */
export async function existingInstall(question: ExistingInstallQuestion, system: ReadableSystem): Promise<ExistingInstall> {
  const [fromPackage, programs, receipt] = await Promise.all([
    question.packageManager && installedPackage(question.packageManager, system),
    agentPrograms(question, system),
    statIfAllowed(`${question.stateDirectory}/receipt.jsonl`, system),
  ]);
  // Who names a root means the agent that is there, whatever else the machine has.
  const isNamed = question.root !== '' && programs.length > 0;
  if (fromPackage && !isNamed) return packagedAgent(fromPackage, programs, system);
  if (receipt) return agentWithReceipt(question, programs, system);
  const [program, ...others] = programs;
  if (program === undefined) return { kind: 'none' };
  const owner = await packageOfAnotherName(program, question, system);
  return owner === undefined ? foreignAgent(program, others, system) : packagedAgent(owner, programs, system, program);
}

/** Only builds that are nobody else's say so little of themselves: upstream's own installers leave more. */
async function packageOfAnotherName(
  program: string,
  { packageManager }: ExistingInstallQuestion,
  system: ReadableSystem,
): Promise<InstalledPackage | undefined> {
  const root = rootOfProgram(program);
  const [installType, environment] = await Promise.all([
    readInstallType(root, system),
    readIfAllowed(agentLayout(root).environmentFile, system),
  ]);
  if (packageManager === undefined || environment !== undefined || !['custom', undefined].includes(installType)) return undefined;
  return packageOwner(packageManager, program, system);
}

async function agentPrograms(question: ExistingInstallQuestion, system: ReadableSystem): Promise<readonly string[]> {
  const { root, searchPath } = question;
  const inSystem = [...searchPath, '/usr/sbin', '/opt/netdata/bin', '/opt/netdata/usr/sbin'];
  const atRoot = [`${root}/usr/sbin`, `${root}/bin`, `${root}/usr/bin`];
  const directories = root === '' ? [...atRoot, ...inSystem] : atRoot;
  const paths = directories.map((directory) => `${directory}/netdata`);
  const present = await Promise.all(paths.map((path) => isProgram(path, system)));
  const canonical = await Promise.all(paths.filter((_, index) => present[index]).map((path) => canonicalPath(path, system)));
  const distinct = [...new Set(canonical)];
  if (root !== '') return distinct;
  const sideBySide = await Promise.all(distinct.map((path) => isOurBuildBelowPrefix(path, system)));
  return distinct.filter((_, index) => !sideBySide[index]);
}

async function isOurBuildBelowPrefix(program: string, system: ReadableSystem): Promise<boolean> {
  const root = rootOfProgram(program);
  return root !== '' && (await readInstallType(root, system)) === OUR_INSTALL_TYPE;
}

async function packagedAgent(
  { name, version }: InstalledPackage,
  programs: readonly string[],
  system: ReadableSystem,
  path = agentLayout('').netdata,
): Promise<ExistingInstall> {
  // Netdata's own packages name themselves in .install-type; a distribution's have "custom", or no such file.
  const isOfNetdata = (await readInstallType('', system))?.startsWith('binpkg-');
  const parsed = parseAgentVersion(version);
  return {
    kind: 'foreign',
    path,
    how: isOfNetdata ? 'netdata-package' : 'distribution-package',
    package: name,
    ...(parsed && { version: parsed }),
    others: programs.filter((program) => rootOfProgram(program) !== '' && program !== path),
  };
}

async function agentWithReceipt(
  { root, stateDirectory }: Pick<ExistingInstallQuestion, 'root' | 'stateDirectory'>,
  programs: readonly string[],
  system: ReadableSystem,
): Promise<ExistingInstall> {
  const { netdata } = agentLayout(root);
  const [installType, isOfClaims] = await Promise.all([
    readInstallType(root, system),
    isReceiptOfClaims(`${stateDirectory}/receipt.jsonl`, system),
  ]);
  const atRoot = programs.find((program) => rootOfProgram(program) === root);
  // Who only claimed an agent has a receipt too: of one that was built by hand, or that the kickstart of another user installed.
  const isForeign = isOfClaims || (installType !== undefined && installType !== OUR_INSTALL_TYPE);
  if (atRoot && isForeign) return foreignAgent(atRoot, without(programs, atRoot), system);
  const isThere = installType !== undefined && (await isProgram(netdata, system));
  const version = isThere ? await askVersion(netdata, system) : undefined;
  if (!isThere || (version === undefined && (await changedByOthers(netdata, system)) === undefined))
    return { kind: 'unfinished' };
  const settings = await agentSettings(root, system, await generationOf(root, version, system));
  const claim = await agentClaim(settings, system);
  return { kind: 'ours', ...(version && { version }), ...(claim && { claimedId: claim.id }) };
}

/** Whether kickstart claimed and unclaimed here, and never installed anything. */
async function isReceiptOfClaims(path: string, system: ReadableSystem): Promise<boolean> {
  const lines = (await readIfAllowed(path, system))?.split('\n') ?? [];
  const goals = lines.flatMap((line) => /^\{"record":"run",.*?"goal":"(\w+)"/.exec(line)?.[1] ?? []);
  return goals.length > 0 && goals.every((goal) => goal === 'claim' || goal === 'unclaim');
}

async function foreignAgent(program: string, others: readonly string[], system: ReadableSystem): Promise<ExistingInstall> {
  const root = rootOfProgram(program);
  const [version, installType, isStatic] = await Promise.all([
    askVersion(program, system),
    readInstallType(root, system),
    readAssignment(agentLayout(root).environmentFile, 'IS_NETDATA_STATIC_BINARY', system),
  ]);
  const origin = origins.find(([type]) => type.test(installType ?? ''))?.[1];
  const how = origin ?? (isStatic === undefined ? 'unknown' : isStatic === 'yes' ? 'static' : 'build');
  return { kind: 'foreign', path: program, how, ...(version && { version }), others };
}

/**
 * What the program says of itself; undefined when it does not run. No agent writes its version to a file. Root asks no program that others can
 * change: anything may be at its place.
 */
async function askVersion(program: string, system: ReadableSystem): Promise<string | undefined> {
  if ((await changedByOthers(program, system)) !== undefined) return undefined;
  const { exitCode, stdout } = await system.query({ program, arguments: ['-v'], timeoutSeconds: 10 });
  return exitCode === 0 ? parseAgentVersion(stdout) : undefined;
}

function readInstallType(root: string, system: ReadableSystem): Promise<string | undefined> {
  return readAssignment(agentLayout(root).installTypeFile, 'INSTALL_TYPE', system);
}

// The agent's files hold shell assignments, and upstream's scripts source them as root. They are read here as text, the last one wins.
async function readAssignment(path: string, name: string, system: ReadableSystem): Promise<string | undefined> {
  const lines = (await readAgentFile(path, system))?.split(/\r?\n/) ?? [];
  const line = lines.findLast((text) => text.startsWith(`${name}=`));
  return line?.slice(name.length + 1).replace(/^(["'])(.*)\1$/, '$2');
}

function without(programs: readonly string[], program: string): readonly string[] {
  return programs.filter((other) => other !== program);
}

const OUR_INSTALL_TYPE = 'kickstart-build';

// Source: spec/kickstart-behaviour.md 4.1.
const origins: readonly (readonly [RegExp, ForeignOrigin])[] = [
  [/^(kickstart|legacy|manual)-static/, 'static'],
  [/^(kickstart|legacy)-build$/, 'kickstart-build'],
  [/^custom$/, 'build'],
  [/^binpkg-/, 'netdata-package'],
  [/^oci$/, 'container'],
];

/** Programs of agents in the usual places of the machine, but for those below `root`: for people who may mean another one. */
export async function otherAgents(root: string, system: ReadableSystem): Promise<readonly string[]> {
  const paths = usualPrograms.filter((path) => rootOfProgram(path) !== root);
  const present = await Promise.all(paths.map((path) => isProgram(path, system)));
  const roots = paths.filter((_, index) => present[index]).map(rootOfProgram);
  const programs = await Promise.all([...new Set(roots)].map((each) => programsBelow(each, system)));
  return programs.map(({ netdata }) => netdata);
}

const usualPrograms: readonly string[] = [
  '/usr/sbin',
  '/opt/netdata/usr/sbin',
  '/opt/netdata/bin',
  '/usr/local/netdata/usr/sbin',
].map((directory) => `${directory}/netdata`);
