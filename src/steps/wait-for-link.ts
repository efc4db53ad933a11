import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { AgentInfo } from './agent-info.ts';
import { type AgentLinkReport, agentLinkReport } from './agent-link-report.ts';
import type { StepContext } from './definition.ts';
import { type Hearing, hearAgent } from './hear-agent.ts';
import { lastLogLine } from './link-log.ts';
import type { VerifyCloudLinkStep } from './verify-cloud-link.ts';

/** What was seen of a link while it was waited for; times are milliseconds since 1970. */
export interface Seen {
  startedAt: number;
  /** Absent where the file that tells the agent cannot be seen. */
  toldAt?: number;
  /** When the waiting ended. */
  endedAt: number;
  claimedAt?: number;
  info?: AgentInfo;
}

/** Waits until it is there, or its time is over, or nobody is there who could bring it up. */
export async function waitForLink(step: VerifyCloudLinkStep, { system, signal, progress, prove }: StepContext): Promise<Seen> {
  const settings = await agentSettings(step.root, system, step.generation);
  const startedAt = system.now();
  const toldAt = step.afterClaim && (await whenTold(settings, system));
  let deadline = startedAt + step.seconds * 1000;
  const seen: Seen = { startedAt, endedAt: startedAt, ...(toldAt !== undefined && { toldAt: Math.min(toldAt, startedAt) }) };
  let report: AgentLinkReport = {};
  let logLine: string | undefined;
  let logAt = startedAt + logMilliseconds;
  let isOffSince: number | undefined;
  let silentSince = startedAt;
  for (let reportAt = startedAt + reportMilliseconds; !signal.aborted; ) {
    const hearing = await hearAgent({ root: step.root, settings }, system);
    const info = hearing.kind === 'heard' ? hearing.info : undefined;
    seen.endedAt = system.now();
    if (info === undefined) delete seen.info;
    else seen.info = info;
    if (info?.claimed && seen.claimedAt === undefined) {
      seen.claimedAt = system.now();
      prove('The agent says agent-claimed: true');
    }
    if (isThere(step, seen)) return seen;
    if (system.now() >= deadline) {
      // What its log tells of is in the way of the next attempt, too.
      const extended = step.awaitsAttempt && info?.claimed && logLine === undefined ? afterAttempt(report, startedAt) : 0;
      if (extended <= system.now()) return seen;
      deadline = extended;
    }
    isOffSince = isSwitchedOff(info) ? (isOffSince ?? system.now()) : undefined;
    if (isOffSince !== undefined && system.now() >= isOffSince + switchedOffMilliseconds) return seen;
    if (info !== undefined) silentSince = system.now();
    else if (system.now() >= silentSince + graceMilliseconds) {
      // Nobody starts an agent while we wait for it, but a service manager needs its time to do so.
      if (hearing.process === undefined) return seen;
      silentSince = system.now();
    }
    if (hearing.kind === 'heard' && hearing.info.claimed && system.now() >= reportAt) {
      report = await agentLinkReport(hearing.door, system);
      reportAt = system.now() + reportMilliseconds;
    }
    if (info !== undefined && system.now() >= logAt) {
      ({ logLine } = await logOf(hearing, settings, system));
      logAt = system.now() + logMilliseconds;
    }
    progress(
      `${stateOf(info)}${ownWords(info, report, logLine, system.now())}, ${Math.ceil((deadline - system.now()) / 1000)} s left`,
    );
    await system.sleep(pollMilliseconds, signal);
  }
  return seen;
}

/** Whether what was waited for is true. */
export function isThere({ wait }: VerifyCloudLinkStep, { info }: Seen): boolean {
  return info?.claimed === true && (wait === 'claimed' || info.online);
}

/** The last file of a claim that kickstart writes, right before it tells the agent; an agent from 2.0 on writes the others. */
async function whenTold(
  { claimConfigurationFile, claimDirectory }: AgentSettings,
  system: ReadableSystem,
): Promise<number | undefined> {
  const path = claimConfigurationFile ?? `${claimDirectory}/claimed_id`;
  return (await statIfAllowed(path, system)) === undefined ? undefined : system.modifiedAt(path);
}

function isSwitchedOff(info: AgentInfo | undefined): boolean {
  return info !== undefined && !(info.cloudEnabled && info.cloudAvailable);
}

function stateOf(info: AgentInfo | undefined): string {
  if (info === undefined) return 'the agent does not answer';
  if (!info.claimed) return 'the agent says that it is not claimed yet';
  return 'the agent says that it is claimed, and not online yet';
}

/** Why it is not online, in its own words, and when it tries again. */
function ownWords(info: AgentInfo | undefined, report: AgentLinkReport, logLine: string | undefined, now: number): string {
  if (info === undefined) return '';
  const why = report.banned ? 'banned' : (report.reason ?? logLine);
  const again = info.claimed ? untilNextAttempt(report.nextAttempt, now) : undefined;
  return `${why === undefined ? '' : `: ${why}`}${again === undefined ? '' : `; it tries again ${again}`}`;
}

/** "in 40 s (12:00:40 UTC)"; undefined when it is not known, or over. The pauses double with each try. Source: spec/claiming-and-link.md 7.6. */
export function untilNextAttempt(nextAttempt: string | undefined, now: number): string | undefined {
  const at = Date.parse(nextAttempt ?? '');
  return at > now ? `in ${Math.ceil((at - now) / 1000)} s (${new Date(at).toISOString().slice(11, 19)} UTC)` : undefined;
}

/** When an announced attempt has had its time; 0 when there is none, or too late for anybody who waits. */
function afterAttempt({ nextAttempt }: AgentLinkReport, startedAt: number): number {
  const at = Date.parse(nextAttempt ?? '');
  return at <= startedAt + longestWaitMilliseconds ? at + attemptMilliseconds : 0;
}

async function logOf({ process }: Hearing, settings: AgentSettings, system: StepContext['system']) {
  return lastLogLine({ ...settings, ...(typeof process === 'object' && process) }, system);
}

const pollMilliseconds = 100;
/** An agent that says for so long that its Cloud is switched off, or not built in, is waited for no longer: it would have to be started again. */
const switchedOffMilliseconds = 2000;
/** The agent's longer account of its link is asked for only so often. */
const reportMilliseconds = 1000;
const logMilliseconds = 5000;
/** An attempt that begins later than this after the waiting began is not waited for: seen were pauses of 69 s and 80 s. */
const longestWaitMilliseconds = 150_000;
/** What an attempt takes, up to the word that the link is up. */
const attemptMilliseconds = 10_000;
/** An agent that does not answer for so long, and has no process, is waited for no longer. systemd waits 5 s before it starts one again. */
const graceMilliseconds = 8000;
