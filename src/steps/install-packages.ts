import { isKickstartError, KickstartError } from '../errors.ts';
import { type PackageManager, packageManagers } from '../host/package-managers.ts';
import type { UnattendedPackages } from '../host/unattended-packages.ts';
import type { Command, System } from '../system/system.ts';
import { brokenPackages, brokenSentence } from './broken-packages.ts';
import { commandLine } from './command-line.ts';
import type { StepDefinition, UndoContext } from './definition.ts';
import { namesIn } from './package-names.ts';
import { packageStates } from './package-states.ts';
import { removePackages } from './remove-packages.ts';

export interface InstallPackagesStep {
  kind: 'install-packages';
  manager: PackageManager;
  packages: readonly string[];
}

export interface InstallPackagesUndo {
  manager: PackageManager;
  /** Those of the packages that were not installed. */
  requested: readonly string[];
  /** All packages that were there before, also in part: none of them is ever removed. */
  before: readonly string[];
  /** Packages that were gone but for their configuration: it is an administrator's, and stays. */
  configurationBefore: readonly string[];
  /** What the package manager said would come, just before it came. Absent when it could not say, and in receipts of older versions. */
  arrivals?: readonly string[];
}

/**
 * Installs packages with what they need. What they need is known for sure only after the lists of packages were brought up to date, which
 * is a change; so the undo holds what was there before, and gets what will come when that is known, just before it comes.
 * Lists that were brought up to date, and packages that had to be upgraded on the way, stay as they are. Throws PACKAGE_INSTALL_FAILED.
 */
export const installPackages: StepDefinition<InstallPackagesStep, InstallPackagesUndo> = {
  describe: ({ manager, packages }) => `Install with ${manager}: ${packages.join(', ')}`,

  async inspect({ manager, packages }, system) {
    const rows = rowsOf(manager, packages);
    const states = await packageStates(rows, system);
    const requested = packages.filter((name) => !rows.whole.includes(states.get(name) ?? 'unknown'));
    if (requested.length === 0) return undefined;
    const names = [...states.keys()];
    return {
      manager,
      requested,
      before: names.filter((name) => !rows.gone.includes(states.get(name) ?? '')),
      configurationBefore: names.filter((name) => rows.configurationLeft.includes(states.get(name) ?? '')),
    };
  },

  async run({ manager, packages }, { system, signal, progress, addToUndo, warn }) {
    const rows = rowsOf(manager, packages);
    const states = await packageStates(rows, system);
    // A package that is there must not be named: apt would count it as wanted by hand from then on.
    const missing = packages.filter((name) => !rows.whole.includes(states.get(name) ?? 'unknown'));
    const install = commandLine(rows.install(missing), rows.environment);
    progress(`installing ${missing.join(', ')}`);
    const first = await arrivalsOf(missing, rows, system);
    if (first.length > 0) await addToUndo({ arrivals: first } satisfies Partial<InstallPackagesUndo>);
    if (await succeeds(install, system, signal)) return;
    const culprits = await culpritsOf(missing, rows, system);
    if (culprits !== undefined) return warn(culprits);
    // Without lists, or with old ones, apt ends before it changes anything.
    progress('asking for the newest lists of packages');
    try {
      await system.run(commandLine(rows.refresh, rows.environment), signal);
      progress(`installing ${missing.join(', ')}`);
      // Some of the first may have come before the failure.
      const all = [...new Set([...first, ...(await arrivalsOf(missing, rows, system))])];
      if (all.length > 0) await addToUndo({ arrivals: all } satisfies Partial<InstallPackagesUndo>);
      await system.run(install, signal);
    } catch (error) {
      if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
      const broken = await culpritsOf(missing, rows, system);
      if (broken === undefined) throw installFailed(manager, missing, error, await brokenNow(rows, system));
      warn(broken);
    }
  },

  async undo(undo: InstallPackagesUndo, { system, prove, warn }: UndoContext) {
    const rows = rowsOf(undo.manager, undo.requested);
    const left = await removePackages(undo, rows, { system, warn });
    if (left.length > 0) prove(`Left installed, because packages that came later need them: ${left.join(', ')}`);
  },
};

function rowsOf(manager: PackageManager, packages: readonly string[]): UnattendedPackages {
  const { unattended, install } = packageManagers[manager];
  if (unattended !== undefined) return unattended;
  throw new KickstartError('PACKAGE_INSTALL_FAILED', {
    what: `kickstart cannot install ${packages.join(', ')} on this machine by itself.`,
    why: `In this version it does not drive ${manager}.`,
    next: `Run as root: ${install(packages).join(' ')}; then run kickstart again.`,
  });
}

/** None when the package manager cannot say; then it cannot install either. */
async function arrivalsOf(packages: readonly string[], rows: UnattendedPackages, system: System): Promise<readonly string[]> {
  const { exitCode, stdout } = await system.query(commandLine(rows.arrivalsOf(packages), rows.environment));
  if (exitCode !== 0) return [];
  return namesIn(stdout, rows.arrivalLine);
}

async function succeeds(command: Command, system: System, signal: AbortSignal): Promise<boolean> {
  try {
    await system.run(command, signal);
    return true;
  } catch (error) {
    if (isKickstartError(error, 'HOST_COMMAND_FAILED') && !signal.aborted) return false;
    throw error;
  }
}

/** Who is broken while all wanted packages are whole: an error of the package manager is not ours then. Undefined: it is. */
async function culpritsOf(wanted: readonly string[], rows: UnattendedPackages, system: System): Promise<string | undefined> {
  const states = await packageStates(rows, system);
  const broken = brokenPackages(states, rows);
  if (broken.length === 0 || !wanted.every((name) => rows.whole.includes(states.get(name) ?? 'unknown'))) return undefined;
  return brokenSentence(broken, states);
}

async function brokenNow(rows: UnattendedPackages, system: System): Promise<readonly string[]> {
  return brokenPackages(await packageStates(rows, system), rows);
}

function installFailed(
  manager: PackageManager,
  packages: readonly string[],
  cause: KickstartError,
  broken: readonly string[],
): KickstartError {
  const culprits = broken.length === 0 ? '' : ` Packages that are not set up: ${broken.join(', ')}.`;
  return new KickstartError('PACKAGE_INSTALL_FAILED', {
    what: `${manager} could not install ${packages.join(', ')}.`,
    why: `${cause.why}${culprits}`,
    next: `Run as root: ${packageManagers[manager].install(packages).join(' ')}; it says what is wrong. Then run kickstart again.`,
    cause,
  });
}
