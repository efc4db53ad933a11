import type { ErrorCode } from '../errors.ts';
import type { ReadableSystem } from '../system/system.ts';
import { agentChecks } from './link-agent-checks.ts';
import { cloudChecks } from './link-cloud-checks.ts';
import type { LinkProxy } from './link-proxy.ts';
import type { LinkTraits } from './link-traits.ts';
import { wordsCheck } from './link-words.ts';

/** What a link stands on, from the ground up. */
export type LinkLayer =
  | 'running'
  | 'answering'
  | 'cloud-enabled'
  | 'cloud-available'
  | 'credentials'
  | 'claimed'
  | 'url'
  | 'proxy-setting'
  | 'name'
  | 'proxy'
  | 'connection'
  | 'tls'
  | 'env'
  | 'challenge'
  | 'key'
  | 'websocket'
  | 'agent';

/** One layer. A failing one has a code and says what to do. Plain data, without secrets. */
export type LinkCheck =
  | { layer: LinkLayer; result: 'pass'; seen: string }
  | { layer: LinkLayer; result: 'warn'; seen: string; fix: string }
  | { layer: LinkLayer; result: 'fail'; seen: string; fix: string; code: ErrorCode };

export type FailedCheck = Extract<LinkCheck, { result: 'fail' }>;

/** An agent as its link is looked at: what was read on the machine, before anything is asked over the network. */
export interface LinkSubject {
  /** `netdata`'s path, for people. */
  program: string;
  runs: boolean | 'unknown';
  /** Why nothing that is said counts as its word; absent when it was heard. */
  unheard?: { kind: 'stopped' | 'silent' | 'another' | 'unproven'; seen: string; fix: string };
  port: number;
  /** What it says on its port; undefined when it does not answer. */
  says: { cloudEnabled: boolean; cloudAvailable: boolean; claimed: boolean; online: boolean } | undefined;
  /** semver; undefined when nobody knows. */
  version: string | undefined;
  traits: LinkTraits;
  /** Where its files switch the Cloud on, below [global], and whether they do; undefined for one that has no switch. */
  cloudSwitch: { path: string; line: string; isOn: boolean } | undefined;
  /** Who it runs as. */
  user: string;
  /** The directory of its credentials, and why it cannot read one of them, as a sentence. */
  claimDirectory: string;
  unreadable: string | undefined;
  /** The claim in its files. */
  claimId: string | undefined;
  /** The claim that it says it has; only some versions do. */
  saysClaimId?: string | undefined;
  /** undefined: the file that says it cannot be read by this user. */
  url: string | undefined;
  /** That file. */
  unseen?: string;
  proxy: LinkProxy;
  /** What its environment makes it trust. */
  caFile: string | undefined;
  /** What it says itself of why it is not online. */
  words: AgentWords;
}

export interface AgentWords {
  banned?: boolean;
  reason?: string;
  /** The last line of its log that tells of a failing link. */
  logLine?: string;
}

/**
 * Why the link is not up: the layers in order, up to the first that fails. When all that can be seen from here holds, the last is the agent's own word.
 * Changes nothing on the machine; asks the Cloud what the agent asks it. Source: spec/claiming-and-link.md 7 and 9.
 */
export async function linkChecks(subject: LinkSubject, system: ReadableSystem): Promise<readonly LinkCheck[]> {
  const checks: LinkCheck[] = [];
  for await (const check of every(subject, system)) {
    checks.push(check);
    if (check.result === 'fail') break;
  }
  return checks;
}

export function firstFailing(checks: readonly LinkCheck[]): FailedCheck | undefined {
  return checks.find((check) => check.result === 'fail');
}

async function* every(subject: LinkSubject, system: ReadableSystem): AsyncGenerator<LinkCheck> {
  yield* agentChecks(subject);
  // A link that is up proves more than any question could, and is better left alone.
  if (!subject.says?.online) {
    const { url, unseen } = subject;
    if (url === undefined) yield unknownCloud(unseen);
    else yield* cloudChecks({ ...subject, url }, system);
  }
  yield wordsCheck(subject);
}

function unknownCloud(path = 'the settings of the agent'): LinkCheck {
  return {
    layer: 'url',
    result: 'fail',
    code: 'LINK_SETTINGS_UNREADABLE',
    seen: `Which Cloud the agent is claimed to is not known: ${path} cannot be read by this user.`,
    fix: 'Run kickstart as root, or as the user that runs the agent.',
  };
}
