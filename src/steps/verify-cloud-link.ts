import { type FailedCheck, firstFailing } from '../cloud/link-checks.ts';
import { KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { type AgentInfo, agentInfo } from './agent-info.ts';
import { agentLinkReport } from './agent-link-report.ts';
import { agentProcess } from './agent-process.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { linkStatus } from './link-status.ts';

export interface VerifyCloudLinkStep {
  kind: 'verify-cloud-link';
  root: string;
  generation?: AgentGeneration;
  url: string;
  seconds: number;
  /** What has to be true. Default: online. */
  wait?: 'online' | 'claimed';
  /** It comes after a claim, and says that that was successful. */
  afterClaim?: true;
}

const pollMilliseconds = 100;
/** The agent's longer account of its link is asked for only so often. */
const reportMilliseconds = 1000;
/** An agent that does not answer for so long, and has no process, is waited for no longer. systemd waits 5 s before it starts one again. */
const graceMilliseconds = 8000;

/**
 * Waits until the agent itself says that it is claimed, and that its link to the Cloud is up.
 * Throws the LINK_… code of the first layer that fails when it does not in time.
 */
export const verifyCloudLink: StepDefinition<VerifyCloudLinkStep, never> = {
  observes: true,
  describe: ({ url, wait }) =>
    wait === 'claimed' ? 'Wait until the agent says that it is claimed' : `Wait until the agent says that it is online at ${url}`,
  inspect: async () => undefined,
  undo: async () => {},
  async run(step, context) {
    const { signal, prove } = context;
    const seen = await waitForLink(step, context);
    signal.throwIfAborted();
    if (!isThere(step, seen)) await explain(step, seen, context);
    if (step.wait !== 'claimed') prove(`The agent says aclk-available: true: it is online at ${step.url}`);
    if (step.afterClaim === undefined) return;
    prove(timesOf(seen));
    prove('Agent was successfully claimed.');
  },
};

interface Seen {
  startedAt: number;
  /** When the waiting ended. */
  endedAt: number;
  claimedAt?: number;
  info?: AgentInfo;
}

function isThere({ wait }: VerifyCloudLinkStep, { info }: Seen): boolean {
  return info?.claimed === true && (wait === 'claimed' || info.online);
}

async function waitForLink(step: VerifyCloudLinkStep, { system, signal, progress, prove }: StepContext): Promise<Seen> {
  const { port } = await agentSettings(step.root, system, step.generation);
  const startedAt = system.now();
  const deadline = startedAt + step.seconds * 1000;
  const seen: Seen = { startedAt, endedAt: startedAt };
  let words = '';
  let silentSince = startedAt;
  for (let reportAt = startedAt + reportMilliseconds; !signal.aborted; ) {
    const info = await agentInfo(port, system);
    seen.endedAt = system.now();
    if (info === undefined) delete seen.info;
    else seen.info = info;
    if (info?.claimed && seen.claimedAt === undefined) {
      seen.claimedAt = system.now();
      prove('The agent says agent-claimed: true');
    }
    if (isThere(step, seen) || system.now() >= deadline) return seen;
    if (info !== undefined) silentSince = system.now();
    else if (system.now() >= silentSince + graceMilliseconds) {
      // Nobody starts an agent while we wait for it, but a service manager needs its time to do so.
      if ((await agentProcess(step.root, system)) === undefined) return seen;
      silentSince = system.now();
    }
    if (info?.claimed && system.now() >= reportAt) {
      words = await whatItSays(port, system);
      reportAt = system.now() + reportMilliseconds;
    }
    progress(`${stateOf(info, words)}, ${Math.ceil((deadline - system.now()) / 1000)} s left`);
    await system.sleep(pollMilliseconds, signal);
  }
  return seen;
}

function stateOf(info: AgentInfo | undefined, words: string): string {
  if (info === undefined) return 'the agent does not answer';
  if (!info.claimed) return 'the agent says that it is not claimed yet';
  return `the agent says that it is claimed, and not online yet${words}`;
}

async function whatItSays(port: number, system: StepContext['system']): Promise<string> {
  const { banned, reason, nextAttempt } = await agentLinkReport(port, system);
  if (banned) return ': banned';
  if (reason !== undefined) return `: ${reason}`;
  return nextAttempt === undefined ? '' : `; it tries again at ${nextAttempt}`;
}

function timesOf({ startedAt, endedAt, claimedAt, info }: Seen): string {
  const claimed = `Claimed ${secondsFrom(startedAt, claimedAt ?? endedAt)} s`;
  return info?.online
    ? `${claimed} and online ${secondsFrom(startedAt, endedAt)} s after the agent was told`
    : `${claimed} after the agent was told`;
}

function secondsFrom(start: number, end: number): string {
  return ((end - start) / 1000).toFixed(1);
}

/** Finds the first layer that fails, and throws it. Returns when the agent came online meanwhile. */
async function explain(step: VerifyCloudLinkStep, seen: Seen, { system, signal, progress }: StepContext): Promise<void> {
  progress('finding out what keeps the link down');
  const { checks, claim, link } = await unlessStopped(linkStatus({ root: step.root }, system), signal);
  if (claim.claimed && (step.wait === 'claimed' || link.state === 'online')) return;
  const check = firstFailing(checks);
  if (check !== undefined) throw notUp(step, seen, check);
  throw new Error(`No check says why the link is ${link.state}.`);
}

function notUp(
  { url, wait, afterClaim }: VerifyCloudLinkStep,
  { info, startedAt, endedAt }: Seen,
  check: FailedCheck,
): KickstartError {
  const goal = wait === 'claimed' ? 'say that it is claimed' : `come online at ${url}`;
  const claimed = afterClaim && info?.claimed ? 'was claimed, and ' : '';
  return new KickstartError(check.code, {
    what: `The agent ${claimed}did not ${goal} within ${Math.round((endedAt - startedAt) / 1000)} s.`,
    why: check.seen,
    next: check.fix,
  });
}

/** The user does not wait for the answers of a Cloud that is silent. */
async function unlessStopped<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
