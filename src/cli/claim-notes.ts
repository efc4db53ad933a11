import { agentSettings } from '../host/agent-configuration.ts';
import { readIfAllowed } from '../host/allowed-reads.ts';
import { agentService } from '../plan/agent-service.ts';
import { claimsItself } from '../plan/heard-stage.ts';
import type { ClaimOptions } from '../plan/install-options.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import type { InstalledAgent } from '../plan/plan-install.ts';
import { agentProcess } from '../steps/agent-process.ts';
import type { ReadableSystem } from '../system/system.ts';

interface NotedClaim {
  claim: ClaimOptions;
  installed: InstalledAgent | undefined;
  plan: Plan;
}

/** What has to be known before a claim, for what it does not do: the agent goes other ways than kickstart does. */
export async function claimNotes(input: PlanInput, noted: NotedClaim, system: ReadableSystem): Promise<readonly string[]> {
  const notes = [await proxyNote(input, noted, system), await trustNote(input, noted, system)];
  return notes.flatMap((note) => note ?? []);
}

/** The link has the environment of the agent, which a service manager makes, or whoever started it. Source: spec/claiming-and-link.md 8.1. */
async function proxyNote(
  { options, facts }: PlanInput,
  { claim: { proxy, environmentProxy }, installed, plan }: NotedClaim,
  system: ReadableSystem,
): Promise<string | undefined> {
  if (environmentProxy === undefined || !['environment', 'agent'].includes(proxy.from)) return undefined;
  const ofAgent = (await agentSettings(options.root, system, installed?.generation)).proxy?.trim();
  if (ofAgent !== undefined && ofAgent !== '' && ofAgent !== 'env') return undefined;
  const agent = await agentProcess(options.root, system);
  const environment = typeof agent === 'object' ? (agent.environment ?? {}) : {};
  if (['http_proxy', 'https_proxy', 'socks_proxy'].some((name) => environment[name])) return undefined;
  // kickstart hands a proxy without a password on to an agent that it starts itself.
  const starts = !installed?.byHand && agentService(options, facts, false).manager === 'none' && typeof agent !== 'object';
  if (starts && !environmentProxy.hasCredentials) return undefined;
  const { shown } = environmentProxy;
  return [
    claimsItself(plan)
      ? `The proxy ${shown} is in the environment of kickstart and not in that of the agent, which claims itself: its claim and its link go without.`
      : `The claim goes through ${shown}, which is in the environment of kickstart and not in that of the agent: its link goes without.`,
    'To write it into the settings of the agent: --claim-proxy PROXY --claim-proxy-configure.',
  ].join(' ');
}

/** From 2.0 on trusted.pem is all that the claim of an agent trusts. Source: spec/claiming-and-link.md 1.5. */
async function trustNote(
  { options }: PlanInput,
  { claim: { ca }, installed, plan }: NotedClaim,
  system: ReadableSystem,
): Promise<string | undefined> {
  if (ca === undefined || installed === undefined || !claimsItself(plan)) return undefined;
  const path = `${(await agentSettings(options.root, system, installed.generation)).cloudDirectory}/trusted.pem`;
  const trusted = await readIfAllowed(path, system);
  if (trusted === undefined || trusted.includes(ca.pem.trim())) return undefined;
  return `The agent trusts ${path} for its claim, and nothing beside it: the certificates of ${ca.file} are added to those in there.`;
}
