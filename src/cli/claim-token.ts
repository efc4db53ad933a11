import { KickstartError } from '../errors.ts';
import { readIfAllowed, statIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';
import { absolutePath } from './absolute-path.ts';
import type { CommandLine } from './options.ts';
import type { Standpoint } from './standpoint.ts';

export interface GivenToken {
  token: string;
  /** Where it came from, when not from an option on the command line. */
  from?: string;
}

/**
 * The token, from the strongest place that has one; undefined when there is none. Throws USAGE_… for two places that are both named,
 * and for a place that was named and has none. Source of the order: claim-precedence.ts.
 */
export async function claimToken(
  line: CommandLine,
  standpoint: Standpoint,
  system: ReadableSystem,
): Promise<GivenToken | undefined> {
  refuseTwo(line);
  const [given, ...weaker] = line.layers.map((layer) => layer['claim-token']);
  if (given !== undefined) {
    standpoint.advise?.(
      'A token on the command line can be read by every user of this machine while kickstart runs. $NETDATA_CLAIM_TOKEN, --claim-token-file or --claim-token-stdin keep it out of there.',
    );
    return { token: checked(given, '--claim-token') };
  }
  const { values } = line;
  if (values['claim-token-file'] !== undefined) {
    return { token: await fromFile(values['claim-token-file'], standpoint, system) };
  }
  if (values['claim-token-stdin'] !== undefined) return { token: await fromStandardInput(standpoint) };
  const credential = await fromCredential(standpoint, system);
  if (credential !== undefined) return { token: credential, from: 'the systemd credential netdata-claim-token' };
  const [extra, environment] = weaker;
  const from = extra === undefined ? '$NETDATA_CLAIM_TOKEN' : '$NETDATA_EXTRA_CLAIM_OPTS';
  const found = extra ?? environment;
  return found === undefined ? undefined : { token: checked(found.trim(), from), from };
}

function refuseTwo({ given }: CommandLine): void {
  const [one, other] = (['claim-token', 'claim-token-file', 'claim-token-stdin'] as const).filter((name) => given.has(name));
  if (other === undefined) return;
  throw new KickstartError('USAGE_CONFLICT', {
    what: `--${one} and --${other} are both there.`,
    why: 'A claim has one token.',
    next: 'Give one of them.',
  });
}

async function fromFile(name: string, { workingDirectory, advise }: Standpoint, system: ReadableSystem): Promise<string> {
  const path = absolutePath(name, { workingDirectory });
  const text = await readIfAllowed(path, system);
  if (text === undefined) {
    throw new KickstartError('USAGE_INVALID_VALUE', {
      what: `--claim-token-file ${path} cannot be read.`,
      why: 'There is no such file, or it may not be read.',
      next: 'Name a file with the token in it, which this user may read.',
    });
  }
  const mode = (await statIfAllowed(path, system))?.mode ?? 0;
  if ((mode & 0o004) !== 0)
    advise?.(`${path} can be read by every user of this machine, and has a claim token in it: chmod 600 ${path}`);
  return checked(text.trim(), `--claim-token-file ${path}`);
}

async function fromStandardInput({ standardInput }: Standpoint): Promise<string> {
  return checked(((await standardInput?.()) ?? '').trim(), '--claim-token-stdin');
}

/** systemd puts the credentials of a unit into a directory that it names. Source: systemd.exec(5), LoadCredential=. */
async function fromCredential({ environment }: Standpoint, system: ReadableSystem): Promise<string | undefined> {
  const directory = environment.CREDENTIALS_DIRECTORY;
  const text = directory ? await readIfAllowed(`${directory}/netdata-claim-token`, system) : undefined;
  return text === undefined ? undefined : checked(text.trim(), 'The systemd credential netdata-claim-token');
}

/** Tokens of the Cloud are one line of printable characters; more is not known of them. */
export function checked(token: string, from: string): string {
  if (token !== '' && !/\p{Cc}/u.test(token)) return token;
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `${from} gives no claim token.`,
    why: token === '' ? 'There is nothing in it.' : 'There is a line break or another control character in it.',
    next: 'Copy the token from the Cloud once more: one line, from Connect Nodes of your space.',
  });
}
