import { posix } from 'node:path';
import { changedByOthers } from '../host/changed-by-others.ts';
import { mountOf } from '../host/mounts.ts';
import { type InstallOptions, type Launcher, launcherPath } from '../plan/install-options.ts';
import type { ReadableSystem } from '../system/system.ts';
import { wayIn } from '../system/way-in.ts';
import type { World } from './world.ts';

type Asked = Pick<World, 'self' | 'commandName'> & { system: ReadableSystem };

/**
 * What starts this very kickstart from a place on PATH: the agent's claiming script and advice that is pasted look for `kickstart` there. What the
 * one line has downloaded goes when it ends, so that is kept with the install. There is none for who is not root, and none where others than root can
 * change what would be started.
 */
export async function launcherOptions(
  stateDirectory: string,
  { self, commandName, system }: Asked,
): Promise<Pick<InstallOptions, 'launcher' | 'noLauncher'>> {
  if (system.processOwner().userId !== 0) return { noLauncher: 'kickstart is not put on PATH: only root can.' };
  const kept = isOfOneLine(commandName) ? keptFiles(self, stateDirectory) : undefined;
  const words = [self.program, ...self.arguments].map((word) => (kept === undefined ? word : placeIn(kept, word)));
  const others = (await Promise.all(words.map((word) => changedByOthers(word, system)))).find((place) => place !== undefined);
  if (others !== undefined)
    return { noLauncher: `kickstart is not put on PATH: others than root could change it. ${others.says}` };
  if (kept !== undefined && (await canBeMadeByOthers(kept.to, system))) {
    return { noLauncher: `kickstart is not put on PATH: others than root could make ${kept.to}.` };
  }
  const [program = ''] = words;
  if (kept !== undefined && program.startsWith(`${kept.to}/`) && (await mountOf(program, system))?.options.includes('noexec')) {
    return { noLauncher: `kickstart is not put on PATH: no program can run in ${stateDirectory}.` };
  }
  const text = launcherText(words, kept?.to);
  return { launcher: { text, when: await whenWritten(kept, system), ...(kept && { kept }) } };
}

/** scripts/kickstart.sh says so of a release that it runs. */
function isOfOneLine(commandName: string): boolean {
  return commandName.startsWith('bash <(');
}

/** All of a release is in the directory of its main file, or of the one executable. */
function keptFiles({ program, arguments: [main = program] }: World['self'], stateDirectory: string): Launcher['kept'] {
  return { from: posix.dirname(main), to: `${stateDirectory}/program` };
}

function placeIn({ from, to }: NonNullable<Launcher['kept']>, word: string): string {
  return word.startsWith(`${from}/`) ? `${to}${word.slice(from.length)}` : word;
}

/** In a directory with a sticky bit whoever comes first makes what is not there yet. */
async function canBeMadeByOthers(path: string, system: ReadableSystem): Promise<boolean> {
  const { reached } = await wayIn(path, system);
  return (reached.mode & 0o022) !== 0;
}

/** A launcher of this install may name another Node than this run's, or another file. */
async function whenWritten(kept: Launcher['kept'], system: ReadableSystem): Promise<Launcher['when']> {
  if (kept === undefined || (await system.stat(launcherPath))?.kind !== 'file') return 'absent';
  const lines = ((await system.readFile(launcherPath)) ?? '').split('\n');
  return lines.includes(ourLine) && lines.includes(guardOf(kept.to)) ? 'always' : 'absent';
}

function launcherText(words: readonly string[], keptIn: string | undefined): string {
  return [
    '#!/bin/sh',
    ourLine,
    ...(keptIn === undefined ? [] : [guardOf(keptIn)]),
    'KICKSTART_COMMAND=kickstart',
    'export KICKSTART_COMMAND',
    `exec ${words.map(quoted).join(' ')} "$@"`,
    '',
  ].join('\n');
}

const ourLine = '# Written by kickstart, and removed by kickstart uninstall.';

/** Where an install keeps its state only its owner may look. */
function guardOf(directory: string): string {
  return `[ -x ${quoted(directory)} ] || { echo 'Only root can start this kickstart: start it with sudo.' >&2; exit 3; }`;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
