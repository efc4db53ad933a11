import { rootForPrefix } from '../host/agent-layout.ts';
import type { ReadableSystem } from '../system/system.ts';
import { absolutePath } from './absolute-path.ts';
import type { CommandLine, Environment } from './options.ts';

/** Where the user stands: what relative paths and defaults are made from. */
export interface Standpoint {
  /** undefined: it is gone. */
  workingDirectory: string | undefined;
  environment: Environment;
  /** The first line of standard input. */
  standardInput?(): Promise<string>;
  /** Hears what the user should know of their options. */
  advise?(text: string): void;
}

/** The agent's own root directory that the command line names: '' without --install. */
export function rootOf(line: CommandLine, standpoint: Standpoint): string {
  const prefix = line.values.install;
  return prefix === undefined ? '' : rootForPrefix(absolutePath(prefix, standpoint));
}

/** One directory for each root, so that several installs live side by side. */
export function stateDirectoryOf(line: CommandLine, standpoint: Standpoint, system: ReadableSystem): string {
  const named = line.values['state-directory'];
  if (named !== undefined) return absolutePath(named, standpoint);
  const root = rootOf(line, standpoint);
  return `${ownDirectory('state', standpoint, system)}/${root === '' ? 'system' : encodeURIComponent(root.slice(1))}`;
}

// Root's by the file hierarchy standard, a user's by the XDG base directories.
const ownDirectories = {
  state: { root: '/var/lib/kickstart', user: '.local/state/kickstart' },
  cache: { root: '/var/cache/kickstart', user: '.cache/kickstart' },
} as const;

/** Where kickstart keeps what is its own: for root, or for this user. */
export function ownDirectory(
  purpose: keyof typeof ownDirectories,
  { environment: { HOME: home } }: Standpoint,
  system: ReadableSystem,
): string {
  const directory = ownDirectories[purpose];
  return system.processOwner().userId === 0 || home === undefined ? directory.root : `${home}/${directory.user}`;
}
