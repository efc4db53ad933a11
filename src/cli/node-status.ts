import { linkCannot, parseProxy } from '../cloud/proxy.ts';
import { withoutLogin } from '../cloud/shown-text.ts';
import { type AgentClaim, agentClaim } from '../host/agent-claim.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { generationOf } from '../host/agent-generation.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { HostFacts } from '../host/facts.ts';
import { type AgentInfo, agentInfo } from '../steps/agent-info.ts';
import type { ReadableSystem } from '../system/system.ts';

/** What one agent, its claim and its link are, as plain JSON without secrets. */
export interface NodeStatus {
  agent: { state: 'none' | 'stopped' | 'running'; path: string; version?: string; installedBy?: 'kickstart' | 'somebody else' };
  /** How it is claimed: absent without an agent. */
  generation?: AgentGeneration;
  /** Where its web server listens. */
  port: number;
  claim: { state: 'claimed' | 'not-claimed'; id?: string; url?: string; rooms?: readonly string[]; directory: string };
  link: 'online' | 'offline';
  /** What the link goes through, without user and password. */
  proxy: string;
  /** The first thing that keeps the node from being online; absent when it is. */
  failing?: FailingLayer;
}

export interface FailingLayer {
  layer: 'agent' | 'answer' | 'cloud-enabled' | 'cloud-available' | 'claim' | 'credentials' | 'proxy' | 'link';
  what: string;
  next: string;
}

/** Asks the agent, and changes nothing. What this user may not read is as if it were not there. */
export async function nodeStatus(root: string, facts: HostFacts, system: ReadableSystem): Promise<NodeStatus> {
  const { existingInstall: existing } = facts;
  const version = 'version' in existing ? existing.version : undefined;
  const settings = await agentSettings(root, system, await generationOf(root, version, system));
  const [info, claim] = await Promise.all([agentInfo(settings.port, system), agentClaim(settings, system)]);
  const agent = agentOf(root, facts, info);
  const found = { ...settings, agent, info, claim };
  const failing = failures.flatMap((failure) => failure(found) ?? []).at(0);
  return {
    agent,
    ...(agent.state === 'none' ? {} : { generation: settings.generation }),
    port: settings.port,
    claim: claimOf(settings.claimDirectory, claim, info),
    link: info?.online ? 'online' : 'offline',
    proxy: shownProxy(settings.proxy),
    ...(failing === undefined ? {} : { failing }),
  };
}

function agentOf(root: string, { existingInstall: existing }: HostFacts, info: AgentInfo | undefined): NodeStatus['agent'] {
  const path = existing.kind === 'foreign' ? existing.path : agentLayout(root).netdata;
  const isHere = existing.kind === 'ours' || existing.kind === 'foreign';
  if (!isHere) return { state: 'none', path };
  const version = info?.version.replace(/^v/, '') ?? existing.version;
  return {
    state: info === undefined ? 'stopped' : 'running',
    path,
    ...(version === undefined ? {} : { version }),
    installedBy: existing.kind === 'ours' ? 'kickstart' : 'somebody else',
  };
}

/** The running agent knows best whether it is claimed; the files tell to whom. */
function claimOf(directory: string, claim: AgentClaim | undefined, info: AgentInfo | undefined): NodeStatus['claim'] {
  const isClaimed = info?.claimed ?? claim !== undefined;
  const { id, url, rooms } = claim ?? {};
  return {
    state: isClaimed ? 'claimed' : 'not-claimed',
    ...(id === undefined ? {} : { id }),
    ...(url === undefined ? {} : { url: withoutLogin(url) }),
    ...(rooms === undefined ? {} : { rooms }),
    directory,
  };
}

function shownProxy(setting = 'env'): string {
  if (setting === 'none' || setting === 'env') return setting;
  const proxy = parseProxy(setting);
  if (proxy === undefined) return 'none, because the setting is no URL that the agent knows';
  return proxy.hasCredentials ? `${proxy.shown}, with a login` : proxy.shown;
}

interface Found {
  agent: NodeStatus['agent'];
  info: AgentInfo | undefined;
  claim: AgentClaim | undefined;
  proxy?: string;
  port: number;
  claimDirectory: string;
  runAsUser: string;
}

type Failure = (found: Found) => FailingLayer | undefined;

// From the nearest layer to the farthest: each is worth a look only when those before it hold. Source: spec/claiming-and-link.md 5.1 and 9.
const failures: readonly Failure[] = [
  ({ agent }) =>
    agent.state === 'none'
      ? failing('agent', `There is no agent: ${agent.path} is not there, or does not run.`, 'Install one: kickstart.')
      : undefined,
  ({ agent, port }) =>
    agent.state === 'stopped'
      ? failing(
          'answer',
          `The agent does not answer at http://127.0.0.1:${port}.`,
          'Start it: systemctl start netdata, or as it was started before.',
        )
      : undefined,
  ({ info }) =>
    info?.cloudEnabled === false
      ? failing(
          'cloud-enabled',
          'The agent says cloud-enabled: false: Cloud is switched off in its configuration, or was disabled in the build.',
          'Set enabled = yes in [global] of cloud.conf and restart it, or install it without --disable-cloud.',
        )
      : undefined,
  ({ info }) =>
    info?.cloudAvailable === false
      ? failing(
          'cloud-available',
          'The agent says cloud-available: false: a library of the agent-cloud link was missing when it was built.',
          'Install it again with --require-cloud: then the missing library is named.',
        )
      : undefined,
  ({ info, claim, claimDirectory }) =>
    info?.claimed === false && claim === undefined
      ? failing('claim', `The agent is not claimed: there is no claimed_id in ${claimDirectory}.`, 'Claim it: kickstart claim.')
      : undefined,
  ({ info, claimDirectory, runAsUser }) =>
    info?.claimed === false
      ? failing(
          'credentials',
          `There is a claim in ${claimDirectory}, and the agent says agent-claimed: false: it has not read it, or ${runAsUser} may not.`,
          `Give the directory to ${runAsUser} (chown -R ${runAsUser} ${claimDirectory}), then: netdatacli reload-claiming-state.`,
        )
      : undefined,
  ({ info, agent, proxy }) => {
    const parsed = proxy === undefined ? undefined : parseProxy(proxy);
    const cannot = parsed && agent.version && !info?.online ? linkCannot(parsed, agent.version) : undefined;
    return cannot === undefined
      ? undefined
      : failing('proxy', cannot, 'Set another proxy in [cloud] of netdata.conf, and restart the agent.');
  },
  ({ info, port }) =>
    info?.online === false
      ? failing(
          'link',
          'The agent says aclk-available: false: it is claimed, and its connection is kept up by network, proxy, certificates or the Cloud.',
          `See netdatacli aclk-state, http://127.0.0.1:${port}/api/v1/info and the error.log of the agent; it goes on trying by itself.`,
        )
      : undefined,
];

function failing(layer: FailingLayer['layer'], what: string, next: string): FailingLayer {
  return { layer, what, next };
}
