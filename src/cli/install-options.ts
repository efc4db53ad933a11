import { KickstartError } from '../errors.ts';
import { canonicalPath, readIfAllowed, statIfAllowed } from '../host/allowed-reads.ts';
import type { ClaimOptions, InstallOptions } from '../plan/install-options.ts';
import type { ReadableSystem } from '../system/system.ts';
import { absolutePath } from './absolute-path.ts';
import { claimOptions, claimsOnly } from './claim-options.ts';
import { oneOf } from './one-of.ts';
import { optionTable } from './option-table.ts';
import type { CommandLine } from './options.ts';
import { ownBuildWords } from './own-build-words.ts';
import { shownWord } from './shown-word.ts';
import { ownDirectory, rootOf, type Standpoint, stateDirectoryOf } from './standpoint.ts';
import { webUrl } from './web-url.ts';

/** The command line → what the user wants, frozen. Throws USAGE_… for contradictions and values that cannot be. */
export async function installOptions(line: CommandLine, standpoint: Standpoint, system: ReadableSystem): Promise<InstallOptions> {
  refuseContradictions(line);
  const root = rootOf(line, standpoint);
  const stateDirectory = stateDirectoryOf(line, standpoint, system);
  const cacheDirectory = line.values['cache-directory'];
  const workDirectory = line.values['work-directory'];
  const ca = await certificates(line, standpoint, system);
  const claim = await claimOptions(line, standpoint, system, ca);
  const { ownBuild, cloud = 'detect', ignored } = ownBuildWords(line, standpoint.environment);
  if (ignored.length > 0) standpoint.advise?.(`Words for the agent's installer that do nothing here: ${ignored.join(' ')}`);
  refuseClaimWithoutCloud(line, claim);
  return Object.freeze({
    root,
    releaseUrl: webUrl('release-url', releaseUrl(line), ['https:', 'http:']),
    cloud: line.given.has('disable-cloud') ? 'disable' : line.given.has('require-cloud') ? 'require' : cloud,
    ...(claim === undefined ? {} : { claim }),
    claimOnly: claimsOnly(line),
    stateDirectory,
    cacheDirectory:
      cacheDirectory === undefined ? ownDirectory('cache', standpoint, system) : absolutePath(cacheDirectory, standpoint),
    keepCache: cacheDirectory !== undefined,
    // Not in the state directory, which nobody else can enter: compilers run as a lesser user.
    workDirectory: `${workDirectory === undefined ? ownDirectory('cache', standpoint, system) : absolutePath(workDirectory, standpoint)}/work`,
    ...(await sourcePlaces(line, standpoint, system)),
    ...(ca === undefined ? {} : { caFile: ca.file }),
    disableTelemetry: line.given.has('disable-telemetry') || optsOut(standpoint),
    useSystemLibraries: line.given.has('use-system-libs'),
    ...(ownBuild === undefined ? {} : { ownBuild }),
    ...buildJobs(line),
    onFailure: line.given.has('keep-on-failure') ? 'keep' : 'undo',
    waitSeconds: wholeSeconds(line),
    ...(line.given.has('wait-seconds') ? {} : { awaitsAttempt: true }),
    service: 'managed',
  });
}

/** A server that is named comes before the channel: a mirror has what it has. Source of the channels: spec/kickstart-behaviour.md 6.1. */
function releaseUrl({ layers, values }: CommandLine): string {
  const named = layers.slice(0, -1).find((layer) => layer['release-url'] !== undefined)?.['release-url'];
  const channel = (values['release-channel'] ?? 'stable').toLowerCase();
  const meant = oneOf('release-channel', channel === 'default' ? 'stable' : channel, ['stable', 'nightly']);
  return named ?? releaseUrls[meant];
}

const releaseUrls = {
  stable: optionTable['release-url'].default,
  nightly: 'https://github.com/netdata/netdata-nightlies/releases',
} as const;

/** The reference script knows 1 only; what people write who want none is no reason to send any. */
function optsOut({ environment }: Standpoint): boolean {
  return [environment.DISABLE_TELEMETRY, environment.DO_NOT_TRACK].some(
    (value) => !/^(0|no|off|false|)$/i.test(value?.trim() ?? ''),
  );
}

function refuseContradictions({ given }: CommandLine): void {
  if (!given.has('disable-cloud') || !given.has('require-cloud')) return;
  throw new KickstartError('USAGE_CONFLICT', {
    what: 'Cloud is required and disabled on the same command line.',
    why: 'The options contradict each other.',
    next: 'Leave out --require-cloud or --disable-cloud.',
  });
}

function refuseClaimWithoutCloud({ given }: CommandLine, claim: ClaimOptions | undefined): void {
  if (claim === undefined || !given.has('disable-cloud')) return;
  throw new KickstartError('USAGE_CONFLICT', {
    what: 'Cloud explicitly disabled, but automatic claiming requested. Either enable Netdata Cloud, or remove the --claim-* options.',
    why: `There is --disable-cloud, and a claim token${claim.tokenFrom === undefined ? '' : `: ${claim.tokenFrom}`}.`,
    next: 'Leave out one of them.',
  });
}

async function certificates(
  { values }: CommandLine,
  { workingDirectory }: Standpoint,
  system: ReadableSystem,
): Promise<ClaimOptions['ca']> {
  if (values['ca-file'] === undefined) return undefined;
  const file = absolutePath(values['ca-file'], { workingDirectory });
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
  const bundleDirectory = bundle === undefined ? undefined : absolutePath(bundle, { workingDirectory });
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
    what: `--build-jobs ${shownWord(text)} is no number of compilers.`,
    why: `It must be a whole number from 1 to ${mostJobs}.`,
    next: 'Leave it out: then it is as many as cores and memory allow.',
  });
}

const mostJobs = 256;

/** --wait-seconds. Throws USAGE_INVALID_VALUE. */
export function wholeSeconds({ values }: CommandLine): number {
  const text = values['wait-seconds'] ?? '';
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--wait-seconds ${shownWord(text)} is no number of seconds.`,
    why: 'It must be a whole number from 0 to 99999.',
    next: 'Usually it is 60: connecting takes a few seconds, and up to a minute behind slow proxies.',
  });
}
