import { resolve } from 'node:path';
import { KickstartError } from '../errors.ts';
import { rootForPrefix } from '../host/agent-layout.ts';
import { canonicalPath, readIfAllowed, statIfAllowed } from '../host/allowed-reads.ts';
import { type ClaimOptions, type InstallOptions, plainClaim } from '../plan/install-options.ts';
import { Secret } from '../system/secret.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { CommandLine, Environment } from './options.ts';

/** Where the user stands: what relative paths and defaults are made from. */
export interface Standpoint {
  workingDirectory: string;
  environment: Environment;
}

/** The command line → what the user wants, frozen. Throws USAGE_… for contradictions and values that cannot be. */
export async function installOptions(line: CommandLine, standpoint: Standpoint, system: ReadableSystem): Promise<InstallOptions> {
  refuseContradictions(line);
  const root = rootOf(line, standpoint);
  const stateDirectory = stateDirectoryOf(line, standpoint, system);
  const cacheDirectory = line.values['cache-directory'];
  const ca = await certificates(line, standpoint, system);
  const claim = claimOptions(line, ca);
  return Object.freeze({
    root,
    releaseUrl: webUrl('release-url', line.values['release-url'] ?? '', ['https:', 'http:']),
    cloud: line.given.has('disable-cloud') ? 'disable' : line.given.has('require-cloud') ? 'require' : 'detect',
    ...(claim === undefined ? {} : { claim }),
    claimOnly: false,
    stateDirectory,
    cacheDirectory:
      cacheDirectory === undefined
        ? ownDirectory('cache', standpoint, system)
        : resolve(standpoint.workingDirectory, cacheDirectory),
    keepCache: cacheDirectory !== undefined,
    // Not in the state directory, which nobody else can enter: compilers run as a lesser user.
    workDirectory: `${ownDirectory('cache', standpoint, system)}/work`,
    ...(await sourcePlaces(line, standpoint, system)),
    ...(ca === undefined ? {} : { caFile: ca.file }),
    useSystemLibraries: line.given.has('use-system-libs'),
    ...buildJobs(line),
    onFailure: line.given.has('keep-on-failure') ? 'keep' : 'undo',
    waitSeconds: wholeSeconds(line),
    service: 'managed',
  });
}

/** The agent's own root directory that the command line names: '' without --install. */
export function rootOf(line: CommandLine, { workingDirectory }: Standpoint): string {
  const prefix = line.values.install;
  return prefix === undefined ? '' : rootForPrefix(resolve(workingDirectory, prefix));
}

/** One directory for each root, so that several installs live side by side. */
export function stateDirectoryOf(line: CommandLine, standpoint: Standpoint, system: ReadableSystem): string {
  const named = line.values['state-directory'];
  if (named !== undefined) return resolve(standpoint.workingDirectory, named);
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

function refuseContradictions({ given, values }: CommandLine): void {
  const token = values['claim-token'] !== undefined;
  const contradiction =
    (given.has('claim-rooms') &&
      !token &&
      'Invalid claiming options, claim rooms may only be specified when a token is specified.') ||
    (given.has('claim-url') && !token && 'Invalid claiming options, a claiming token must be specified.') ||
    (given.has('disable-cloud') &&
      token &&
      'Cloud explicitly disabled, but automatic claiming requested. Either enable Netdata Cloud, or remove the --claim-* options.') ||
    (given.has('disable-cloud') && given.has('require-cloud') && 'Cloud is required and disabled on the same command line.');
  if (contradiction) {
    throw new KickstartError('USAGE_CONFLICT', {
      what: contradiction,
      why: 'The options contradict each other, or one needs another.',
      next: 'Give --claim-token (or $NETDATA_CLAIM_TOKEN) with the other --claim-* options, and at most one of --require-cloud and --disable-cloud.',
    });
  }
}

function claimOptions({ values }: CommandLine, ca: ClaimOptions['ca']): ClaimOptions | undefined {
  const token = values['claim-token'];
  if (token === undefined) return undefined;
  return {
    ...plainClaim,
    token: new Secret(token),
    rooms: (values['claim-rooms'] ?? '').split(',').flatMap((room) => room.trim() || []),
    // The link of real agents speaks TLS whatever the URL says, so a plain URL can only fail later. Source: spec/agent-wire-transcript.md 2.
    url: webUrl('claim-url', values['claim-url'] ?? '', ['https:']),
    ...(ca === undefined ? {} : { ca }),
  };
}

async function certificates(
  { values }: CommandLine,
  { workingDirectory }: Standpoint,
  system: ReadableSystem,
): Promise<ClaimOptions['ca']> {
  if (values['ca-file'] === undefined) return undefined;
  const file = resolve(workingDirectory, values['ca-file']);
  const pem = await readIfAllowed(file, system);
  if (pem?.includes('-----BEGIN CERTIFICATE-----')) return { file, pem };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--ca-file ${file} is no file with certificates.`,
    why: pem === undefined ? 'There is no such file, or it may not be read.' : 'It holds no "-----BEGIN CERTIFICATE-----".',
    next: 'Name a PEM file with the certificate of the CA to trust.',
  });
}

/** Where source archives are looked for before upstream. */
async function sourcePlaces({ values }: CommandLine, { workingDirectory }: Standpoint, system: ReadableSystem) {
  const { bundle, mirror } = values;
  const bundleDirectory = bundle === undefined ? undefined : resolve(workingDirectory, bundle);
  if (bundleDirectory !== undefined && !(await isDirectory(bundleDirectory, system))) {
    throw new KickstartError('USAGE_INVALID_VALUE', {
      what: `--bundle ${bundleDirectory} is no directory.`,
      why: 'It must hold source archives.',
      next: 'Name the directory with the archives, each under its own name, such as mosquitto-2.0.11.tar.gz.',
    });
  }
  return {
    ...(bundleDirectory === undefined ? {} : { bundleDirectory }),
    ...(mirror === undefined ? {} : { mirrorUrl: webUrl('mirror', mirror, ['https:', 'http:']) }),
  };
}

async function isDirectory(path: string, system: ReadableSystem): Promise<boolean> {
  return (await statIfAllowed(await canonicalPath(path, system), system))?.kind === 'directory';
}

/** --build-jobs, or the -jN of $MAKEOPTS, as the reference installer reads it; whatever else is in there is no option of ours. Throws USAGE_INVALID_VALUE. */
export function buildJobs({ values, given }: CommandLine): { buildJobs?: number } {
  const text = values['build-jobs'];
  if (text === undefined) return {};
  const number = given.has('build-jobs') ? /^\d+$/.exec(text)?.[0] : /(?:^|\s)-j\s*(\d+)(?:\s|$)/.exec(text)?.[1];
  const jobs = Number(number);
  if (jobs >= 1 && jobs <= mostJobs) return { buildJobs: jobs };
  if (!given.has('build-jobs')) return {};
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--build-jobs ${text} is no number of compilers.`,
    why: `It must be a whole number from 1 to ${mostJobs}.`,
    next: 'Leave it out: then it is as many as cores and memory allow.',
  });
}

const mostJobs = 256;

function webUrl(option: 'claim-url' | 'release-url' | 'mirror', value: string, protocols: readonly string[]): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isPlain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain && protocols.includes(url.protocol)) return value.replace(/\/+$/, '');
  throw new KickstartError('USAGE_INVALID_VALUE', {
    // A value with these may hold a password.
    what: `--${option}${/[@?]/.test(value) ? '' : ` ${value}`} cannot be used.`,
    why: `It must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}, without user, password, "?" and "#".`,
    next: urlAdvice[option],
  });
}

const urlAdvice = {
  'claim-url': 'Usually it is https://app.netdata.cloud.',
  'release-url': 'It is laid out like the /releases of a GitHub repository.',
  mirror: 'Source archives are directly below it, each under its own name.',
} as const;

/** --wait-seconds. Throws USAGE_INVALID_VALUE. */
export function wholeSeconds({ values }: CommandLine): number {
  const text = values['wait-seconds'] ?? '';
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--wait-seconds ${text} is no number of seconds.`,
    why: 'It must be a whole number from 0 to 99999.',
    next: 'Usually it is 60: connecting takes a few seconds, and up to a minute behind slow proxies.',
  });
}
