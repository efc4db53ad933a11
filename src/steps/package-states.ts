import { KickstartError } from '../errors.ts';
import type { UnattendedPackages } from '../host/unattended-packages.ts';
import type { ReadableSystem } from '../system/system.ts';
import { commandLine } from './command-line.ts';

/** Every package that the package manager knows to be here in some state. Throws PACKAGE_INSTALL_FAILED. */
export async function packageStates(rows: UnattendedPackages, system: ReadableSystem): Promise<ReadonlyMap<string, string>> {
  const { exitCode, stdout, stderr } = await system.query(commandLine(rows.states.words, rows.environment));
  const found = stdout
    .split('\n')
    .map((line) => rows.states.line.exec(line)?.groups)
    .filter((groups) => groups !== undefined);
  // An empty list would say that nothing was there before, and an undo would believe it.
  if (exitCode === 0 && found.length > 0) return statesOf(found, rows);
  throw new KickstartError('PACKAGE_INSTALL_FAILED', {
    what: 'The package manager does not say which packages are installed.',
    why: `${rows.states.words[0]} ended with exit code ${exitCode}. ${stderr.trim()}`.trim(),
    next: `Run: ${rows.states.words[0]} --show; repair what it says, and run kickstart again.`,
  });
}

// A name comes more than once on machines with packages of several architectures. It counts as here when one of them is.
function statesOf(found: readonly Record<string, string>[], { gone }: UnattendedPackages): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const { name = '', state = '' } of found) {
    if (!states.has(name) || !gone.includes(state)) states.set(name, state);
  }
  return states;
}
