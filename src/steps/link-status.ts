import { type FailedCheck, firstFailing, type LinkCheck, type LinkSubject, linkChecks } from '../cloud/link-checks.ts';
import { linkProxy, shownLinkProxy } from '../cloud/link-proxy.ts';
import { linkTraits } from '../cloud/link-traits.ts';
import { withoutLogin } from '../cloud/shown-text.ts';
import { agentClaim, defaultCloudUrl } from '../host/agent-claim.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { generationOf } from '../host/agent-generation.ts';
import { agentLayout } from '../host/agent-layout.ts';
import { type AgentGeneration, parseAgentVersion } from '../host/agent-version.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import { cloudSwitch } from '../host/cloud-switch.ts';
import type { ReadableSystem } from '../system/system.ts';
import { agentInfo } from './agent-info.ts';
import { agentLinkReport } from './agent-link-report.ts';
import { type AgentProcess, agentProcess } from './agent-process.ts';
import { lastLogLine } from './link-log.ts';
import { unreadableCredentials } from './unreadable-credentials.ts';

/** How an agent and its link are now. Plain data, without secrets; what nobody can tell is absent. */
export interface LinkStatus {
  root: string;
  agent: {
    /** unknown: nobody answers, and this machine has no /proc. */
    state: 'running' | 'stopped' | 'unknown';
    processId?: number;
    /** semver, without the v: what it says, or else what is installed. */
    version?: string;
    generation: AgentGeneration;
    port: number;
  };
  claim: {
    /** What the agent says; while it does not answer, what its files say. */
    claimed: boolean;
    /** Likewise. */
    id?: string;
    url: string;
    rooms?: readonly string[];
  };
  /** What the link goes through, and where that is set. */
  proxy: string;
  /** Why root does not follow what the agent's configuration says, as a sentence. */
  notFollowed?: string;
  link: {
    state: 'online' | 'offline' | 'banned';
    /** ISO 8601. */
    since?: string;
    /** The agent's own words. */
    reason?: string;
    nextAttempt?: string;
  };
  /** Up to the first that fails. The Cloud is not asked when the link is up. */
  checks: readonly LinkCheck[];
  firstFailing?: FailedCheck;
}

export interface StatusQuestion {
  root: string;
  /** What is installed, where it is known. */
  version?: string;
}

/** Looks at the agent below `root`, its claim and its link; when the link is not up, finds out why. Changes nothing. */
export async function linkStatus({ root, version: installed }: StatusQuestion, system: ReadableSystem): Promise<LinkStatus> {
  const found = await agentProcess(root, system);
  const process = found === 'unknown' ? undefined : found;
  const guessed = await agentSettings(root, system, await generationOf(root, installed, system));
  const info = await agentInfo(guessed.port, system);
  const version = (info && parseAgentVersion(info.version)) ?? installed;
  const settings = await agentSettings(root, system, await generationOf(root, version, system));
  const claim = await agentClaim(settings, system);
  const report = info === undefined ? {} : await agentLinkReport(settings.port, system);
  const traits = linkTraits(version, info?.linkImplementation);
  const proxy = linkProxy(settings.proxy, process?.environment, traits);
  // Who may not read the agent's configuration still hears it from the agent.
  const url = settings.cloudBaseUrl ?? report.url ?? defaultCloudUrl;
  const saysClaimId = report.claimId?.toLowerCase();
  const claimId = claim?.id ?? saysClaimId;
  const subject: LinkSubject = {
    program: agentLayout(root).netdata,
    runs: found === 'unknown' ? 'unknown' : found !== undefined,
    ...{ port: settings.port, says: info, version, traits, user: settings.runAsUser, claimDirectory: settings.claimDirectory },
    cloudSwitch: cloudSwitch(settings),
    unreadable: await unreadableCredentials(settings, process, system),
    ...{ claimId, saysClaimId, url, proxy },
    caFile: await trusted(root, process, system),
    words: { ...report, ...(info?.online ? {} : await lastLogLine({ ...settings, ...process }, system)) },
  };
  const checks = await linkChecks(subject, system);
  const failing = firstFailing(checks);
  return {
    root,
    agent: {
      ...runState(found, info !== undefined),
      ...(version && { version }),
      generation: settings.generation,
      port: settings.port,
    },
    claim: {
      claimed: info?.claimed ?? claim !== undefined,
      ...(claimId && { id: saysClaimId ?? claimId }),
      url: withoutLogin(url),
      ...(claim?.rooms && { rooms: claim.rooms }),
    },
    proxy: shownLinkProxy(proxy),
    ...(settings.notFollowed === undefined ? {} : { notFollowed: settings.notFollowed }),
    link: linkState(info?.claimed === true && info.online, report),
    checks,
    ...(failing && { firstFailing: failing }),
  };
}

function runState(
  found: AgentProcess | 'unknown' | undefined,
  answers: boolean,
): Pick<LinkStatus['agent'], 'state' | 'processId'> {
  if (found !== undefined && found !== 'unknown') return { state: 'running', processId: found.processId };
  if (answers) return { state: 'running' };
  return { state: found === 'unknown' ? 'unknown' : 'stopped' };
}

function linkState(
  isOnline: boolean,
  { banned, since, reason, nextAttempt }: Awaited<ReturnType<typeof agentLinkReport>>,
): LinkStatus['link'] {
  return {
    state: isOnline ? 'online' : banned ? 'banned' : 'offline',
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
