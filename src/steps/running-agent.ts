import { linkTraits } from '../cloud/link-traits.ts';
import type { AgentClaim } from '../host/agent-claim.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';
import { readIfAllowed, statIfAllowed } from '../host/allowed-reads.ts';
import { startTicksOf } from '../system/process-start.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { AgentInfo } from './agent-info.ts';
import { type AgentLinkReport, agentLinkReport } from './agent-link-report.ts';
import type { AgentProcess } from './agent-process.ts';
import { hearAgent } from './hear-agent.ts';

/** What the process of an agent has in memory, and the disk does not tell. */
export interface RunningAgent {
  /** It says that it is claimed. */
  saysClaimed: boolean;
  /** It has, or may have, credentials of an earlier claim: up to 1.47 the private key, later ones the id, until it stops. */
  remembers: boolean;
  /** Its link checks certificates, and it was started without SSL_CERT_FILE. */
  trustsSystemOnly?: true;
  /** For so many seconds from now it may abort when its claim is taken away. Absent for versions that do not, and for one that has run for long enough. */
  mayAbortSeconds?: number;
}

interface AgentQuestion {
  root: string;
  settings: AgentSettings;
  claim: AgentClaim | undefined;
  /** semver; absent when it is not known. */
  version: string | undefined;
}

/** The agent below `root` as it runs now; undefined when it does not run. Source: agent 1.37.1 aclk/aclk.c, 2.10.4 claim/cloud-conf.c. */
export async function runningAgent(
  { root, settings, claim, version }: AgentQuestion,
  system: ReadableSystem,
): Promise<RunningAgent | undefined> {
  const hearing = await hearAgent({ root, settings }, system);
  const { process } = hearing;
  if (process === undefined || process === 'unknown') return undefined;
  const isHeard = hearing.kind === 'heard';
  const info = isHeard ? hearing.info : undefined;
  const report = isHeard && settings.generation !== 'claim.conf' ? await agentLinkReport(hearing.door, system) : {};
  const { processId } = process;
  const mayAbortSeconds = await danger({ version, processId, info, report }, system);
  return {
    saysClaimed: info?.claimed === true,
    remembers: info?.claimed === true || (await hadClaim({ settings, claim, info, report }, system)),
    ...(trustsSystemOnly(process, version, info) && { trustsSystemOnly: true }),
    ...(mayAbortSeconds > 0 && { mayAbortSeconds }),
  };
}

interface Traces extends Pick<AgentQuestion, 'settings' | 'claim'> {
  info: AgentInfo | undefined;
  report: AgentLinkReport;
}

/** What an agent that does not say that it is claimed was before, since its start. */
async function hadClaim({ settings, claim, info, report }: Traces, system: ReadableSystem): Promise<boolean> {
  const { generation, claimDirectory, cloudBaseUrl } = settings;
  // From 2.0 on its word is all: it forgets nothing but by its end.
  if (generation === 'claim.conf') return info === undefined;
  if (info === undefined && claim !== undefined) return true;
  // An unclaim leaves the URL of the Cloud; rm -rf cloud.d leaves no directory, which such agents make when they start.
  const isCleared = generation === 'cloud.d' && (await statIfAllowed(claimDirectory, system)) === undefined;
  const isUnclaimed = generation === 'cloud.d' && claim === undefined && cloudBaseUrl !== undefined;
  return isCleared || isUnclaimed || report.nextAttempt !== undefined;
}

function trustsSystemOnly({ environment }: AgentProcess, version: string | undefined, info: AgentInfo | undefined): boolean {
  if (environment === undefined || version === undefined) return false;
  return linkTraits(version, info?.linkImplementation).checksCertificates && !environment.SSL_CERT_FILE;
}

interface Danger extends Pick<Traces, 'info' | 'report'>, Pick<AgentQuestion, 'version'> {
  processId: number;
}

/** Counted from its start, or from when its link came up, if that was later; all of it where neither can be seen. */
async function danger({ version, processId, info, report: { since } }: Danger, system: ReadableSystem): Promise<number> {
  const { abortsUnclaimedSeconds } = version === undefined ? {} : linkTraits(version);
  if (abortsUnclaimedSeconds === undefined) return 0;
  const started = await secondsSinceStart(processId, system);
  const linked = info?.online && since !== undefined ? (system.now() - Date.parse(since)) / 1000 : started;
  return Math.ceil(abortsUnclaimedSeconds - Math.max(0, Math.min(started, linked)));
}

async function secondsSinceStart(processId: number, system: ReadableSystem): Promise<number> {
  const [ticks, uptime] = await Promise.all([startTicksOf(processId, system), readIfAllowed('/proc/uptime', system)]);
  const seconds = Number.parseFloat(uptime ?? '') - Number(ticks) / TICKS_PER_SECOND;
  return Number.isNaN(seconds) ? 0 : seconds;
}

// USER_HZ, the same on every architecture that Node runs on. Source: proc_pid_stat(5).
const TICKS_PER_SECOND = 100;
