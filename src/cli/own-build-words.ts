import { KickstartError } from '../errors.ts';
import type { OwnBuild } from '../plan/install-options.ts';
import type { CommandLine, Environment } from './options.ts';

export interface OwnBuildWords {
  ownBuild?: OwnBuild;
  /** --disable-cloud and --require-cloud among the words. */
  cloud?: 'require' | 'disable';
  /** Words of the installer that do nothing here. */
  ignored: readonly string[];
}

/**
 * What is to be said to the agent's own build: --local-build-options, and the variables that the agent's installer reads.
 * Throws USAGE_INVALID_VALUE. Source: agent packaging/installer/kickstart.sh and netdata-installer.sh v1.37.1 and v2.10.4.
 */
export function ownBuildWords({ values }: Pick<CommandLine, 'values'>, environment: Environment): OwnBuildWords {
  const installer = [
    ...wordsOf('$NETDATA_INSTALLER_OPTIONS', environment.NETDATA_INSTALLER_OPTIONS),
    ...wordsOf('--local-build-options', values['local-build-options']),
  ];
  const read = installer.map(({ word, where }) => ({ word, meaning: meaningOf(word, where) }));
  const pick = <Kind extends Meaning['kind']>(kind: Kind) =>
    read.flatMap(({ word, meaning }) => (meaning.kind === kind ? [{ word, meaning }] : []));
  const switches = pick('switch').flatMap(({ meaning }) => (meaning.kind === 'switch' ? [meaning] : []));
  const ownBuild = {
    switches: switches.map(({ word, isOn }) => ({ word, isOn })),
    configure: [...plain('NETDATA_CONFIGURE_OPTIONS', environment), ...pick('configure').map(({ word }) => word)],
    cmake: [...plain('NETDATA_CMAKE_OPTIONS', environment), ...pick('cmake').map(({ word }) => replacedBy[word] ?? word)],
    flags: Object.fromEntries(compilerFlags.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []))),
  };
  const isEmpty = Object.values(ownBuild).every((part) => Object.keys(part).length === 0);
  const cloud = pick('cloud').at(-1)?.word;
  return {
    ...(isEmpty ? {} : { ownBuild }),
    ...(cloud === undefined ? {} : { cloud: cloud === '--disable-cloud' ? 'disable' : 'require' }),
    ignored: pick('ignored').map(({ word }) => word),
  };
}

type Meaning = { kind: 'switch'; word: string; isOn: boolean } | { kind: 'configure' | 'cmake' | 'cloud' | 'ignored' };

function meaningOf(word: string, where: string): Meaning {
  if (word === '--disable-cloud' || word === '--require-cloud') return { kind: 'cloud' };
  if (ignoredWords.has(word)) return { kind: 'ignored' };
  if (replacedBy[word] !== undefined || /^-D[A-Za-z]/.test(word)) return { kind: 'cmake' };
  const [, onOff, name] = /^--(enable|disable)-([a-z0-9-]+)$/.exec(word) ?? [];
  if (name !== undefined) return { kind: 'switch', word: name, isOn: onOff === 'enable' };
  if (/^--(?:with|without)-[a-z0-9-]+(?:=|$)/.test(word)) return { kind: 'configure' };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `${where} has a word that the agent's build does not know: ${word.replace(/=.*/s, '=…')}`,
    why: 'It takes the words of the installer of the agent, --enable-… and --disable-…, --with-… and --without-…, and -D… for CMake.',
    next: 'Leave the word out. Where the agent goes is said with --install PREFIX, to kickstart itself.',
  });
}

function plain(name: string, environment: Environment): readonly string[] {
  return wordsOf(`$${name}`, environment[name]).map(({ word }) => word);
}

/** Split at blanks, but for those between quotes, as a shell does it. */
function wordsOf(where: string, text = ''): readonly { word: string; where: string }[] {
  const words = (text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []).map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  for (const word of words) if (isSecret(word)) throw secretWord(where, word);
  return words.map((word) => ({ word, where }));
}

// It would be in the list of processes, in the log of the build, and in what the agent says of itself.
function isSecret(word: string): boolean {
  return /:\/\/[^/\s@]*:[^/\s@]*@|^[^=]*(?:token|passw|secret|credential|dsn)[^=]*=./i.test(word);
}

function secretWord(where: string, word: string): KickstartError {
  return new KickstartError('USAGE_INVALID_VALUE', {
    what: `${where} holds a secret: the value of ${/^[^=]*/.exec(word)?.[0] ?? 'a word'}.`,
    why: 'Every user of this machine could read it while the agent is built, and it would be in the log of the build.',
    next: 'Leave the word out. Nothing that an agent is built with needs a secret.',
  });
}

const compilerFlags = ['CFLAGS', 'CXXFLAGS', 'LDFLAGS'] as const;

const replacedBy: Readonly<Record<string, string>> = { '--force-legacy-cxx': '-DUSE_CXX_11=On' };

// What kickstart decides itself, or never does.
const ignoredWords: ReadonlySet<string> = new Set([
  ...['--dont-wait', '--dont-start-it', '--auto-update', '-u', '--auto-update-type', '--stable-channel', '--nightly-channel'],
  ...['--one-time-build', '--skip-available-ram-check', '--dev', '--libs-are-really-here', '--zlib-is-really-here'],
  ...['--use-system-protobuf', '--build-json-c', '--build-judy', '--disable-telemetry', '--internal-systemd-journal'],
  '--dont-scrub-cflags-even-though-it-may-break-things',
]);
