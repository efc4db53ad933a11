import { agentClaimAnswer, agentClaimError } from '../cloud/agent-claim-answer.ts';
import { type ClaimProxy, parseProxy } from '../cloud/proxy.ts';
import { printable } from '../cloud/shown-text.ts';
import { KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import { type AgentClaim, agentClaim } from '../host/agent-claim.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import { type Secret, secretText, type Text } from '../system/secret.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { belongingsOfOthers, handBack, handOver } from './hand-over.ts';
import { hearAgent } from './hear-agent.ts';
import { bringBack, filesThere, type KeptFile, keepFiles } from './kept-files.ts';
import { linkProxyNotes } from './link-proxy-notes.ts';
import { ofAdministrator } from './restore-claim.ts';
import { type AgentTold, sayTold, tellAgent } from './tell-agent.ts';
import { trustedFileThere, writeCertificates } from './trusted-certificates.ts';

export interface ClaimByAgentStep {
  kind: 'claim-by-agent';
  root: string;
  /** semver; absent when it is not known. */
  agentVersion?: string;
  url: string;
  token: Secret;
  rooms: readonly string[];
  ca?: { file: string; pem: string };
  proxy: ClaimProxy;
  insecure: boolean;
  /** false: the agent is not told, and claims itself when it starts. */
  tell: boolean;
  /** A later step sees the agent claimed and online, and has the last word. */
  proofFollows?: true;
  /** The claim that was there when the plan was made: the new one has another id. */
  earlierId?: string;
  user?: string;
  /** Where the files that were there before are kept, for the undo. */
  backupDirectory: string;
}

export interface ClaimByAgentUndo {
  root: string;
  backupDirectory: string;
  files: readonly KeptFile[];
  /** Files that were not there before: with what the agent writes when it is claimed. */
  created: readonly string[];
  /** What belonged to somebody else than the agent's user, as it was. */
  handedOver?: readonly KeptFile[];
}

/**
 * Lets an agent from 2.0 on claim itself: writes its claim.conf, tells it, and reads what came of it. What it could not
 * read or write because somebody else owns it is handed over. Throws CLAIM_…; then claim.conf is taken
 * back. Source: spec/claiming-and-link.md 1.3, 3.5 and 4.3.
 */
export const claimByAgent: StepDefinition<ClaimByAgentStep, ClaimByAgentUndo> = {
  describe: ({ url, rooms }) => `Let the agent claim itself to ${url}${rooms.length === 0 ? '' : `, rooms ${rooms.join(', ')}`}`,

  async inspect({ root, user, backupDirectory, ca }, system) {
    const settings = await agentSettings(root, system, 'claim.conf');
    const paths = await changedFiles(settings, ca, system);
    const handedOver = await belongingsOfOthers(settings, user, system);
    const files = await filesThere(paths, system);
    const there = new Set(files.map(({ path }) => path));
    const created = paths.filter((path) => !there.has(path));
    return { root, backupDirectory, files, created, ...(handedOver.length === 0 ? {} : { handedOver }) };
  },

  async run(step, context) {
    const { system, prove } = context;
    const settings = await agentSettings(step.root, system, 'claim.conf');
    const owner = await ownerFor(step.user ?? settings.runAsUser, system);
    await keepFiles(await filesThere(await changedFiles(settings, step.ca, system), system), step.backupDirectory, system);
    const others = (await belongingsOfOthers(settings, step.user, system)).map(({ path }) => path);
    await handOver(others, settings, owner, system);
    for (const path of others) prove(`${path} belongs to ${step.user ?? settings.runAsUser} now`);
    if (step.ca !== undefined) {
      const added = await writeCertificates(step.ca, { ...step, settings, owner }, system);
      if (added !== undefined)
        prove(`${added}, which the claim of the agent trusts, has the certificates of ${step.ca.file}, too`);
    }
    await system.writeFile(claimConfigurationFile(settings), claimConfiguration(step, settings), ofAdministrator(owner, system));
    for (const note of linkProxyNotes({ ...step, settings })) prove(note);
    if (!step.tell) return prove('The agent claims itself when it starts.');
    await outcome(step, settings, context);
  },

  async undo({ root, backupDirectory, files, created, handedOver = [] }, { system, purpose }) {
    for (const path of created) await system.removeFile(path);
    await bringBack(files, backupDirectory, system);
    await system.removeTree(backupDirectory);
    await handBack(handedOver, system);
    // It waits 10 s for a link, and only an earlier claim is news to it: without one it has nothing that it could forget.
    const hadClaim = files.some(({ path }) => /\/(claimed_id|cloud\.conf)$/.test(path));
    if (purpose === 'take-back' && hadClaim) await tellAgent({ root, generation: 'claim.conf' }, system);
  },
};

function claimConfigurationFile({ claimConfigurationFile: path }: AgentSettings): string {
  if (path === undefined) throw new Error('Only an agent that claims itself has a claim.conf.');
  return path;
}

/** Kickstart's own, and what the agent writes when it is claimed, so that an uninstall takes that away too. */
export async function changedFiles(
  settings: AgentSettings,
  ca: ClaimByAgentStep['ca'],
  system: ReadableSystem,
): Promise<readonly string[]> {
  const names = ['cloud_fullchain.pem', 'cloud.conf', 'claimed_id', 'private.pem', 'public.pem', 'token', 'rooms'];
  const certificates = ca === undefined ? [] : await trustedFileThere(settings, system);
  return [claimConfigurationFile(settings), ...names.map((name) => `${settings.cloudDirectory}/${name}`), ...certificates];
}

function claimConfiguration({ url, token, rooms, proxy, insecure }: ClaimByAgentStep, settings: AgentSettings): Secret {
  const values: readonly (readonly [string, Text])[] = [
    ['url', url],
    ['token', token],
    ['rooms', rooms.join(',')],
    ['proxy', proxyValue(proxy, settings.proxy)],
    ['insecure', insecure ? 'yes' : 'no'],
  ];
  return secretText(['[global]\n', ...values.flatMap(([key, value]) => [`    ${key} = `, value, '\n'])]);
}

function proxyValue(proxy: ClaimProxy, ofAgent: string | undefined): Text {
  if (proxy.from === 'option') return proxy.url;
  if (proxy.from === 'none') return 'none';
  if (proxy.from === 'environment' || ofAgent === undefined) return 'env';
  const parsed = parseProxy(ofAgent);
  return parsed?.url ?? (ofAgent === 'env' ? 'env' : 'none');
}

/**
 * Asks the agent until it has tried: it answers within 10 s, and one claim with all its attempts may take longer. An agent that was started
 * just now may not listen yet.
 */
async function outcome(step: ClaimByAgentStep, settings: AgentSettings, context: StepContext) {
  const { system, signal, progress } = context;
  const end = system.now() + longestClaimSeconds * 1000;
  const startedBy = system.now() + longestStartSeconds * 1000;
  progress(`the agent asks ${step.url}: it tries up to 5 times, for up to 10 s each`);
  for (;;) {
    const told = await tellAgent({ root: step.root, generation: 'claim.conf' }, system, signal);
    signal.throwIfAborted();
    const listens = told.kind === 'told';
    if (!listens && (told.kind === 'not-running' || system.now() >= startedBy)) return unheard(step, settings, told, context);
    const answer = agentClaimAnswer(listens ? told.says : '');
    if (answer.kind === 'refused') throw agentClaimError({ ...step, reason: answer.reason });
    if (answer.kind === 'claimed') return accepted(step, settings, context);
    if (system.now() >= end) throw agentClaimError({ ...step, reason: (listens && told.says) || 'nothing' });
    progress(`the agent has not been claimed yet${listens && told.says !== '' ? `: ${printable(told.says, 200)}` : ''}`);
    await system.sleep(pollMilliseconds, signal);
  }
}

/** One that says it is claimed, and has heard nothing, says so of its earlier claim; what comes after would take that for the new one. */
async function unheard(step: ClaimByAgentStep, settings: AgentSettings, told: AgentTold, context: StepContext) {
  const { system } = context;
  // Where none runs, another one may have its port.
  const isClaimed = told.kind === 'not-told' && (await saysClaimed(step.root, settings, system));
  if (isClaimed && (await newClaim(step, system)) === undefined) throw stillEarlier(settings);
  sayTold(told, context);
}

async function saysClaimed(root: string, settings: AgentSettings, system: ReadableSystem): Promise<boolean> {
  const hearing = await hearAgent({ root, settings }, system);
  return hearing.kind === 'heard' && hearing.info.claimed;
}

async function accepted(step: ClaimByAgentStep, settings: AgentSettings, { system, prove }: StepContext): Promise<void> {
  const { url, proofFollows } = step;
  const claim = await newClaim(step, system);
  if (claim === undefined) throw stillEarlier(settings);
  prove(`The Cloud at ${url} accepted the claim of node ${claim.id}`);
  if (proofFollows === undefined) prove('Agent was successfully claimed.');
}

async function newClaim({ root, earlierId }: ClaimByAgentStep, system: ReadableSystem): Promise<AgentClaim | undefined> {
  const claim = await agentClaim(await agentSettings(root, system, 'claim.conf'), system);
  return claim?.id === earlierId ? undefined : claim;
}

function stillEarlier({ claimDirectory }: AgentSettings): KickstartError {
  return new KickstartError('CLAIM_RESTART_NEEDED', {
    what: 'The agent goes on with the claim that it had.',
    why: `It keeps the id of a claim in memory until it stops, and ${claimDirectory} has no new one.`,
    next: 'Stop the agent, claim with --claim-daemon-not-running, and start it again.',
  });
}

// Five tries for 10 s each with pauses between them, from each of the places where it finds a token: seen with 2.10.4.
const longestClaimSeconds = 75;
const longestStartSeconds = 15;
const pollMilliseconds = 1000;
