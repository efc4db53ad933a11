import { shellWord } from '../host/shell-word.ts';

/** What a command line of kickstart needs to be the one for this agent here. */
export interface Standing {
  /** What people type to start kickstart. */
  commandName: string;
  /** Options that name the agent, as this command line had them, with absolute paths. */
  named?: Readonly<Partial<Record<'install' | 'state-directory', string>>>;
}

/**
 * A text for people, with every command line in it so that it can be pasted: below the command line, commands are written as `kickstart VERB`, because
 * nobody there knows how kickstart is started here, or which agent was named;
 * "(without --install)" says that the agent of the system is meant. One that names an agent itself keeps it, and so does one
 * that stands for what else the user gave.
 */
export function pasteable(text: string, { commandName, named = {} }: Standing): string {
  const lines = text.replace(
    /(?<![\w/.-])kickstart (claim|unclaim|status|uninstall|install)\b([^.;,:)]*)/g,
    (_, verb: string, rest: string) => {
      const place = /--install|--state-directory|…/.test(rest) ? [] : placeOf(named);
      return [commandName, verb, ...place].join(' ') + rest;
    },
  );
  return lines.replaceAll(' (without --install)', '');
}

/** The options again, for a shell. */
export function placeOf(named: NonNullable<Standing['named']>): readonly string[] {
  return Object.entries(named).map(([option, path]) => `--${option} ${shellWord(path)}`);
}
