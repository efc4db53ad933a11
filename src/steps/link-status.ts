import { type FailedCheck, firstFailing, type LinkCheck, type LinkSubject, linkChecks } from '../cloud/link-checks.ts';
import { linkProxy, shownLinkProxy } from '../cloud/link-proxy.ts';
import { linkTraits } from '../cloud/link-traits.ts';
import { withoutLogin } from '../cloud/shown-text.ts';
import { agentClaim, defaultCloudUrl } from '../host/agent-claim.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import { generationOf } from '../host/agent-generation.ts';
import { agentLayout } from '../host/agent-layout.ts';
import { agentPrograms } from '../host/agent-program.ts';
import { type AgentGeneration, parseAgentVersion } from '../host/agent-version.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import { cloudSwitch } from '../host/cloud-switch.ts';
import type { ReadableSystem } from '../system/system.ts';
import { agentLinkReport } from './agent-link-report.ts';
import type { AgentProcess } from './agent-process.ts';
import { changedSinceStart } from './changed-since-start.ts';
import { hearAgent } from './hear-agent.ts';
import { lastLogLine } from './link-log.ts';
import { unreadableCredentials } from './unreadable-credentials.ts';

/** How an agent and its link are now. Plain data, without secrets; what nobody can tell is absent. */
export interface LinkStatus {
  root: string;
  agent: {
    /** unknown: its process cannot be seen by this user. */
    state: 'running' | 'stopped' | 'unknown';
    processId?: number;
    program: string;
    /** semver, without the v: what it says, or else what is installed. */
    version?: string;
    generation: AgentGeneration;
    port?: number;
  };
  claim: {
    /** What the agent says; while it does not answer, what its files say. */
    claimed?: boolean;
    /** Likewise. */
    id?: string;
    url?: string;
    rooms?: readonly string[];
  };
  /** What the link goes through, and where that is set. */
  proxy?: string;
  /** Why root does not follow what the agent's configuration says, as a sentence. */
  notFollowed?: string;
  link: {
    /** unknown: it runs, or may, and what it says of its link could not be heard. */
    state: 'online' | 'offline' | 'banned' | 'unknown';
    /** ISO 8601. */
    since?: string;
    /** The agent's own words. */
    reason?: string;
    nextAttempt?: string;
  };
  /** Up to the first that fails. The Cloud is not asked when the link is up. */
  checks: readonly LinkCheck[];
  firstFailing?: FailedCheck;
  /** Files that this user may not read. */
  unseen?: readonly string[];
}

export interface StatusQuestion {
  root: string;
  /** What is installed, where it is known. */
  version?: string;
}

/** Looks at the agent below `root`, its claim and its link; when the link is not up, finds out why. Changes nothing. */
export async function linkStatus({ root, version: installed }: StatusQuestion, system: ReadableSystem): Promise<LinkStatus> {
  const guessed = await agentSettings(root, system, await generationOf(root, installed, system));
  const hearing = await hearAgent({ root, settings: guessed }, system);
  const { process: found } = hearing;
  const process = found === 'unknown' ? undefined : found;
  const info = hearing.kind === 'heard' ? hearing.info : undefined;
  const version = (info?.version === undefined ? undefined : parseAgentVersion(info.version)) ?? installed;
  const settings = await agentSettings(root, system, await generationOf(root, version, system));
  const [claim, unseen, { netdata }] = await Promise.all([
    agentClaim(settings, system),
    unseenSettings(settings, system),
    agentPrograms(root, system),
  ]);
  const report = hearing.kind === 'heard' ? await agentLinkReport(hearing.door, system) : {};
  const traits = linkTraits(version, info?.linkImplementation);
  const files = [settings.configurationFile, `${settings.cloudDirectory}/cloud.conf`];
  const isNewer = process !== undefined && settings.proxy !== undefined && (await changedSinceStart(process, files, system));
  const proxy = linkProxy(settings.proxy, process?.environment, traits, isNewer);
  // Who may not read the agent's configuration still hears it from the agent.
  const url = settings.cloudBaseUrl ?? report.url ?? (unseen.cloud === undefined ? defaultCloudUrl : undefined);
  const saysClaimId = report.claimId?.toLowerCase();
  const claimId = claim?.id ?? saysClaimId;
  const subject: LinkSubject = {
    program: netdata,
    runs: found === 'unknown' ? 'unknown' : found !== undefined,
    ...(hearing.kind === 'unheard' && { unheard: hearing.reason }),
    ...{ port: settings.port, says: info, version, traits, user: settings.runAsUser, claimDirectory: settings.claimDirectory },
    cloudSwitch: cloudSwitch(settings),
    unreadable: await unreadableCredentials(settings, process, system),
    ...{ claimId, saysClaimId, url, proxy },
    ...(unseen.cloud !== undefined && { unseen: unseen.cloud }),
    caFile: await trusted(root, process, system),
    words: { ...report, ...(info?.online ? {} : await lastLogLine({ ...settings, ...process }, system)) },
  };
  const checks = await linkChecks(subject, system);
  const failing = firstFailing(checks);
  const isClaimed = info?.claimed ?? (claim !== undefined || (unseen.claim === undefined ? false : undefined));
  return {
    root,
    agent: {
      ...runState(found),
      program: netdata,
      ...(version && { version }),
      generation: settings.generation,
      ...(unseen.main === undefined && { port: settings.port }),
    },
    claim: {
      ...(isClaimed !== undefined && { claimed: isClaimed }),
      ...(claimId && { id: saysClaimId ?? claimId }),
      ...(url !== undefined && { url: withoutLogin(url) }),
      ...(claim?.rooms && { rooms: claim.rooms }),
    },
    ...((unseen.main === undefined && unseen.cloud === undefined) || settings.proxy !== undefined
      ? { proxy: shownLinkProxy(proxy) }
      : {}),
    ...(settings.notFollowed === undefined ? {} : { notFollowed: settings.notFollowed }),
    link: linkState(info?.claimed === true && info.online, report, hearing.kind === 'heard' || found === undefined),
    checks,
    ...(failing && { firstFailing: failing }),
    ...(unseen.paths.length > 0 && { unseen: unseen.paths }),
  };
}

/** Files whose settings this user may not read: what is the default there is not known. */
async function unseenSettings({ configurationFile, claimDirectory, cloudDirectory }: AgentSettings, system: ReadableSystem) {
  const [main, cloud, claim] = await Promise.all(
    [configurationFile, `${cloudDirectory}/cloud.conf`, `${claimDirectory}/claimed_id`].map((path) => ifUnseen(path, system)),
  );
  return { main, cloud, claim, paths: [main, cloud, claim].flatMap((path) => path ?? []) };
}

/** The path, when this user may not read what is there, or not see whether anything is. */
async function ifUnseen(path: string, system: ReadableSystem): Promise<string | undefined> {
  try {
    await system.readFile(path);
    return undefined;
  } catch (error) {
    // The cast: errors of files are Node's, and have a code.
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '') ? path : undefined;
  }
}

function runState(found: AgentProcess | 'unknown' | undefined): Pick<LinkStatus['agent'], 'state' | 'processId'> {
  if (found === undefined) return { state: 'stopped' };
  return found === 'unknown' ? { state: 'unknown' } : { state: 'running', processId: found.processId };
}

function linkState(
  isOnline: boolean,
  { banned, since, reason, nextAttempt }: Awaited<ReturnType<typeof agentLinkReport>>,
  isKnown: boolean,
): LinkStatus['link'] {
  return {
    state: isOnline ? 'online' : banned ? 'banned' : isKnown ? 'offline' : 'unknown',
    ...(since && { since }),
    ...(reason && !isOnline ? { reason } : {}),
    ...(nextAttempt && !isOnline ? { nextAttempt } : {}),
  };
}

/** The link trusts what its environment says, and reads that when it starts. Where that cannot be seen: what kickstart would have put there. */
async function trusted(root: string, process: AgentProcess | undefined, system: ReadableSystem): Promise<string | undefined> {
  if (process?.environment !== undefined) return process.environment.SSL_CERT_FILE || undefined;
  const { privateCaFile } = agentLayout(root);
  return (await statIfAllowed(privateCaFile, system)) === undefined ? undefined : privateCaFile;
}
