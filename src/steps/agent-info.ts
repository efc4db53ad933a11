import type { ReadableSystem } from '../system/system.ts';
import type { AgentDoor } from './agent-door.ts';
import { askAgent, LINK_REPORT, membersOf } from './ask-agent.ts';

/** The agent's own account of itself. Source: spec/claiming-and-link.md 5.1. */
export interface AgentInfo {
  /** Absent where only its control pipe can be asked. */
  version?: string;
  cloudEnabled: boolean;
  cloudAvailable: boolean;
  claimed: boolean;
  /** The agent-cloud link is up now. */
  online: boolean;
  /** What agents of 1.30 to 1.36 call their link: "Next Generation" or "Legacy". */
  linkImplementation?: string;
  /** Its machine GUID and the id of its claim, lower case, as far as it tells. */
  guid?: string;
  claimId?: string;
}

/** Asks the agent at this door; undefined when it does not answer as an agent does. */
export async function agentInfo(door: AgentDoor, system: ReadableSystem): Promise<AgentInfo | undefined> {
  return door.kind === 'web' ? infoOfWeb(door, system) : infoOfPipe(door, system);
}

async function infoOfWeb(door: AgentDoor, system: ReadableSystem): Promise<AgentInfo | undefined> {
  const info = await askAgent(door, '/api/v1/info', system);
  const version = info?.get('version');
  if (info === undefined || typeof version !== 'string') return undefined;
  const implementation = info.get('aclk-implementation');
  return {
    version,
    cloudEnabled: info.get('cloud-enabled') === true,
    cloudAvailable: info.get('cloud-available') === true,
    claimed: info.get('agent-claimed') === true,
    online: info.get('aclk-available') === true,
    ...(typeof implementation === 'string' ? { linkImplementation: implementation } : {}),
    ...id('guid', info.get('uid')),
    ...id('claimId', hostWith(info.get('mirrored_hosts_status'), 'guid', info.get('uid'))?.get('claim_id')),
  };
}

/** aclk-state has no word for a Cloud that is switched off. Source: agent aclk/aclk.c, aclk_state_json(). */
async function infoOfPipe(door: AgentDoor, system: ReadableSystem): Promise<AgentInfo | undefined> {
  const link = await askAgent(door, LINK_REPORT, system);
  const isAvailable = link?.get('aclk-available');
  if (link === undefined || typeof isAvailable !== 'boolean') return undefined;
  const self = hostWith(link.get('node-instances'), 'relationship', 'self');
  return {
    ...{ cloudEnabled: isAvailable, cloudAvailable: isAvailable },
    claimed: link.get('agent-claimed') === true,
    online: link.get('online') === true,
    ...id('guid', self?.get('mguid')),
    ...id('claimId', link.get('claimed-id')),
  };
}

function hostWith(hosts: unknown, key: string, value: unknown): ReadonlyMap<string, unknown> | undefined {
  const all = Array.isArray(hosts) ? hosts.flatMap((host) => membersOf(host) ?? []) : [];
  return all.find((host) => host.get(key) === value);
}

function id<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const isId = typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);
  // The cast: a computed name is any string to the type system.
  return isId ? ({ [name]: value.toLowerCase() } as { [Key in Name]: string }) : {};
}
