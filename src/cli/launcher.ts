import { changedByOthers } from '../host/changed-by-others.ts';
import type { World } from './world.ts';

/**
 * The text of a program that starts this very kickstart, for a place on PATH: the agent's claiming script and advice that is pasted look for
 * `kickstart` there. Undefined for who is not root; for what the one line has downloaded, which goes when it ends; and where others than root can
 * change what would be started.
 */
export async function launcherText({ self, commandName, system }: World): Promise<string | undefined> {
  if (system.processOwner().userId !== 0 || isOfOneLine(commandName)) return undefined;
  const words = [self.program, ...self.arguments];
  const others = await Promise.all(words.map((word) => changedByOthers(word, system)));
  if (others.some((place) => place !== undefined)) return undefined;
  return [
    '#!/bin/sh',
    '# Written by kickstart, and removed by kickstart uninstall.',
    'KICKSTART_COMMAND=kickstart',
    'export KICKSTART_COMMAND',
    `exec ${words.map(quoted).join(' ')} "$@"`,
    '',
  ].join('\n');
}

/** scripts/kickstart.sh says so of a release that it runs. */
function isOfOneLine(commandName: string): boolean {
  return commandName.startsWith('bash <(');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
