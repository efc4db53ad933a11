import type { UnattendedPackages } from '../host/unattended-packages.ts';

/** Packages that are here only in part: a script of theirs failed, or somebody was interrupted. */
export function brokenPackages(
  states: ReadonlyMap<string, string>,
  { whole, gone }: Pick<UnattendedPackages, 'whole' | 'gone'>,
): readonly string[] {
  return [...states].flatMap(([name, state]) => (whole.includes(state) || gone.includes(state) ? [] : [name]));
}

/** The culprit by name: people look for it in the output of a package that they never asked for. */
export function brokenSentence(broken: readonly string[], states: ReadonlyMap<string, string>): string {
  const named = broken.map((name) => `${name} (${states.get(name)})`).join(', ');
  return `The package manager reports an error for packages that kickstart does not need: ${named}. Repair them with: dpkg --configure --pending.`;
}
