import { type FailedCheck, firstFailing } from '../cloud/link-checks.ts';
import { KickstartError } from '../errors.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { linkStatus } from './link-status.ts';
import { isThere, type Seen, untilNextAttempt, waitForLink } from './wait-for-link.ts';

export interface VerifyCloudLinkStep {
  kind: 'verify-cloud-link';
  root: string;
  generation?: AgentGeneration;
  url: string;
  seconds: number;
  /** An attempt that the agent has announced for soon after is waited for, too: the user has set no limit. */
  awaitsAttempt?: true;
  /** What has to be true. Default: online. */
  wait?: 'online' | 'claimed';
  /** It comes after a claim, and says that that was successful. */
  afterClaim?: true;
}

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

function timesOf({ startedAt, toldAt, endedAt, claimedAt, info }: Seen): string {
  const from = toldAt ?? startedAt;
  const online = info?.online ? ` and online ${secondsFrom(from, endedAt)} s` : '';
  const since = toldAt === undefined ? 'kickstart began to wait for it' : 'the agent was told';
  return `Claimed ${secondsFrom(from, claimedAt ?? endedAt)} s${online} after ${since}`;
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
  if (check !== undefined) throw notUp(step, seen, check, untilNextAttempt(link.nextAttempt, system.now()));
  throw new Error(`No check says why the link is ${link.state}.`);
}

function notUp(
  { url, wait, afterClaim }: VerifyCloudLinkStep,
  { info, startedAt, endedAt }: Seen,
  check: FailedCheck,
  again: string | undefined,
): KickstartError {
  const goal = wait === 'claimed' ? 'say that it is claimed' : `come online at ${url}`;
  const claimed = afterClaim && info?.claimed ? 'was claimed, and ' : '';
  return new KickstartError(check.code, {
    what: `The agent ${claimed}did not ${goal} within ${Math.round((endedAt - startedAt) / 1000)} s.`,
    why: check.seen,
    next:
      again === undefined
        ? check.fix
        : `${check.fix} The agent tries again ${again}: look then with kickstart status, or wait longer with --wait-seconds.`,
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
