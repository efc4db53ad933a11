import { parseProxy } from '../cloud/proxy.ts';
import { KickstartError } from '../errors.ts';
import { normalUrl } from '../host/normal-url.ts';
import type { ClaimOptions } from '../plan/install-options.ts';
import { routeTo } from '../system/http-route.ts';
import { Secret } from '../system/secret.ts';
import { HttpFailure, type ReadableSystem } from '../system/system.ts';
import { type ClaimFiles, claimFiles } from './claim-files.ts';
import { claimOptionTable } from './claim-option-table.ts';
import { checked, claimToken } from './claim-token.ts';
import { oneOf } from './one-of.ts';
import type { OptionName } from './option-table.ts';
import type { CommandLine } from './options.ts';
import { rootOf, type Standpoint } from './standpoint.ts';
import { webUrl } from './web-url.ts';

/** Never installs or upgrades: `kickstart claim` and `unclaim`, and --claim-only. */
export function claimsOnly({ command, given }: Pick<CommandLine, 'command' | 'given'>): boolean {
  return command === 'claim' || command === 'unclaim' || given.has('claim-only');
}

/** The command line → the claim that is asked for; undefined when none is. Throws USAGE_…. Source of the order: claim-precedence.ts. */
export async function claimOptions(
  line: CommandLine,
  standpoint: Standpoint,
  system: ReadableSystem,
  ca: ClaimOptions['ca'],
): Promise<ClaimOptions | undefined> {
  const { values, command } = line;
  // A credential of systemd can be there for any command.
  if (command === 'unclaim') return undefined;
  const given = await claimToken(line, standpoint, system);
  // An install claims when it is told to, and not because of a file that is there.
  if (given === undefined && !claimsOnly(line)) return refuseOptionsWithoutToken(line);
  const files = await claimFiles(rootOf(line, standpoint), system);
  const token = given?.token ?? (files.token === undefined ? undefined : checked(files.token, "The agent's file with a token"));
  if (token === undefined) throw noToken();
  const proxy = claimProxy(line);
  const url = claimUrl(line, files);
  return {
    token: new Secret(token),
    ...(given?.from === undefined ? {} : { tokenFrom: given.from }),
    rooms: claimRooms(values['claim-rooms'] ?? roomsFor(url, files) ?? ''),
    url,
    ...(ca === undefined ? {} : { ca }),
    ...claimId(line),
    ...namedHost(values['claim-hostname']),
    ...(values['claim-enable'] === undefined ? {} : { enable: true as const }),
    proxy,
    ...environmentProxy(url, standpoint),
    configureProxy: configuresProxy(line, proxy),
    insecure: values['claim-insecure'] !== undefined,
    ...namedUser(values['claim-user']),
    reload: values['claim-noreload'] === undefined,
    daemonRuns: values['claim-daemon-not-running'] === undefined,
    verbose: values['claim-verbose'] !== undefined,
    wait: waitFor(line),
    onFailure: oneOf('on-claim-failure', values['on-claim-failure'] ?? 'keep', ['keep', 'undo']),
  };
}

function refuseOptionsWithoutToken({ given }: CommandLine): undefined {
  const [option] = [...given].filter((name) => Object.hasOwn(claimOptionTable, name) && !isForLater(name));
  if (option === undefined) return undefined;
  throw new KickstartError('USAGE_CONFLICT', {
    what: given.has('claim-rooms')
      ? 'Invalid claiming options, claim rooms may only be specified when a token is specified.'
      : 'Invalid claiming options, a claiming token must be specified.',
    why: `There is --${option}, and no token.`,
    next: howToGiveToken,
  });
}

/** Says what is to happen after a claim, and can stand in a command line that is used with and without one. */
function isForLater(name: OptionName): boolean {
  return name === 'wait' || name === 'on-claim-failure';
}

function noToken(): KickstartError {
  return new KickstartError('USAGE_CLAIM_TOKEN_MISSING', {
    what: 'Invalid claiming options, a claiming token must be specified.',
    why: 'There is none on the command line, in the environment, or in the files of the agent; a claim that worked takes its token away.',
    next: howToGiveToken,
  });
}

const howToGiveToken =
  'Give the token with $NETDATA_CLAIM_TOKEN, --claim-token-file, --claim-token-stdin or --claim-token. The Cloud shows it under Connect Nodes.';

/** As the agent's script does it: the Cloud of its configuration comes before the usual one; what is no URL there is none. */
function claimUrl({ layers }: CommandLine, files: ClaimFiles): string {
  const [usual = '', ...stronger] = layers.map((layer) => layer['claim-url']).toReversed();
  const named = stronger.findLast((value) => value !== undefined);
  const ofAgent = files.url?.startsWith('https://') && URL.canParse(files.url) ? files.url : undefined;
  // The link of real agents speaks TLS whatever the URL says, so a plain URL can only fail later. Source: spec/agent-wire-transcript.md 2.
  return webUrl('claim-url', named ?? ofAgent ?? usual, ['https:']);
}

/** Rooms belong to a Cloud: those of an earlier claim to another one would only have the next claim refused. */
function roomsFor(url: string, files: ClaimFiles): string | undefined {
  return files.url === undefined || normalUrl(files.url) === url ? files.rooms : undefined;
}

/**
 * However they are separated, each once. One line: it becomes one of claim.conf, and what comes after a line break there would be a setting of its own.
 * The Cloud writes ids in lower case; agents split at commas only, so what they are given has nothing else.
 */
function claimRooms(text: string): ClaimOptions['rooms'] {
  const words = text
    .trim()
    .split(/[ \t,;]+/)
    .filter((room) => room !== '');
  const rooms = [...new Set(words.map((room) => (uuid.test(room) ? room.toLowerCase() : room)))];
  if (!rooms.some((room) => /\p{Cc}/u.test(room))) return rooms;
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: '--claim-rooms (or the file rooms of the agent) has no list of rooms.',
    why: 'There is a line break or another control character in it.',
    next: 'Copy the rooms from the Cloud once more: ids on one line, separated by commas.',
  });
}

function claimId({ layers }: CommandLine): Pick<ClaimOptions, 'id' | 'newId'> {
  const layer = layers.find((values) => values['claim-id'] !== undefined || values['new-id'] !== undefined) ?? {};
  const { 'claim-id': id, 'new-id': newId } = layer;
  if (id === undefined) return { newId: newId !== undefined };
  if (newId !== undefined) throw conflict('claim-id', 'new-id', 'Both say what the Cloud is to call the node.');
  if (uuid.test(id)) return { id: id.toLowerCase(), newId: false };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: '--claim-id is no UUID.',
    why: 'It must look like 01234567-89ab-cdef-0123-456789abcdef.',
    next: 'For a new random one write --new-id instead; it needs no uuidgen.',
  });
}

function claimProxy({ layers }: CommandLine): ClaimOptions['proxy'] {
  const layer = layers.find((values) => values['claim-proxy'] !== undefined || values['claim-noproxy'] !== undefined) ?? {};
  const { 'claim-proxy': text, 'claim-noproxy': none } = layer;
  if (text !== undefined && none !== undefined) throw conflict('claim-proxy', 'claim-noproxy', 'One is a proxy, the other none.');
  if (none !== undefined || text === 'none') return { from: 'none' };
  if (text === undefined) return { from: 'agent' };
  if (text === 'env') return { from: 'environment' };
  const proxy = parseProxy(text);
  if (proxy !== undefined) return { from: 'option', url: proxy.url };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    // It is not repeated: there may be a password in it.
    what: '--claim-proxy (or $NETDATA_CLAIM_PROXY) is no proxy that an agent knows.',
    why: 'An agent takes one that is written in another way for none, and goes directly.',
    next: 'Write none, env, http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT; a login goes before the host, as USER:PASSWORD@HOST.',
  });
}

/** What is no proxy there fails the claim, with a sentence of its own. */
function environmentProxy(url: string, { environment }: Standpoint): Pick<ClaimOptions, 'environmentProxy'> {
  try {
    const route = routeTo(new URL(url), undefined, environment);
    if (route === undefined) return {};
    const hasCredentials = route.username !== '' || route.password !== '';
    return { environmentProxy: { shown: `${route.protocol}//${route.host}`, hasCredentials } };
  } catch (error) {
    if (error instanceof HttpFailure) return {};
    throw error;
  }
}

function configuresProxy({ values }: CommandLine, proxy: ClaimOptions['proxy']): boolean {
  if (values['claim-proxy-configure'] === undefined) return false;
  if (proxy.from !== 'agent') return true;
  throw new KickstartError('USAGE_CONFLICT', {
    what: '--claim-proxy-configure has no proxy to write into the configuration of the agent.',
    why: 'Without --claim-proxy and --claim-noproxy the claim uses the setting that is there.',
    next: 'Give the proxy, too: --claim-proxy PROXY, or --claim-noproxy.',
  });
}

function namedHost(name: string | undefined): Pick<ClaimOptions, 'hostname'> {
  if (name === undefined) return {};
  if (!/\p{Cc}/u.test(name)) return { hostname: name };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: '--claim-hostname is no name.',
    why: 'There is a line break or another control character in it.',
    next: 'Any text of one line will do.',
  });
}

function namedUser(name: string | undefined): Pick<ClaimOptions, 'user'> {
  if (name === undefined) return {};
  if (/^[^\s:/\p{Cc}-][^\s:/\p{Cc}]*$/u.test(name)) return { user: name };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: '--claim-user is no name of a user.',
    why: 'A user name has no blank, colon, slash or control character, and does not begin with a dash.',
    next: 'Name the user that the agent runs as; usually it is netdata.',
  });
}

/** An agent that is not told cannot say anything of the claim. */
function waitFor({ values }: CommandLine): ClaimOptions['wait'] {
  const silent = (['claim-noreload', 'claim-daemon-not-running'] as const).find((name) => values[name] !== undefined);
  const wait = oneOf('wait', values.wait ?? (silent === undefined ? 'online' : 'none'), ['online', 'claimed', 'none']);
  if (silent === undefined || wait === 'none') return wait;
  throw conflict('wait', silent, 'An agent that is not told of the claim cannot prove it.');
}

function conflict(one: OptionName, other: OptionName, why: string): KickstartError {
  return new KickstartError('USAGE_CONFLICT', {
    what: `--${one} and --${other} contradict each other.`,
    why,
    next: 'Leave out one of them.',
  });
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
