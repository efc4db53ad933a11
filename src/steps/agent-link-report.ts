import { printable } from '../cloud/shown-text.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { AgentDoor } from './agent-door.ts';
import { askAgent, LINK_REPORT, membersOf } from './ask-agent.ts';

/** What an agent tells of its link beyond the four keys of /info: as much as its version does. Times are ISO 8601, UTC. */
export interface AgentLinkReport {
  claimId?: string;
  /** Of the Cloud that it is claimed to. */
  url?: string;
  banned?: boolean;
  /** When the link came up, or went down. */
  since?: string;
  /** Why it is as it is. */
  reason?: string;
  nextAttempt?: string;
}

/** /api/v1/aclk (from 1.32 on) and /api/v2/info (from 1.41 on). Source: spec/claiming-and-link.md 4.4 and 5.2. */
export async function agentLinkReport(door: AgentDoor, system: ReadableSystem): Promise<AgentLinkReport> {
  const [link, info] = await Promise.all([askAgent(door, LINK_REPORT, system), askAgent(door, '/api/v2/info', system)]);
  const agents = info?.get('agents');
  const cloud = membersOf(membersOf(Array.isArray(agents) ? agents[0] : undefined)?.get('cloud'));
  const online = link?.get('online') === true;
  return {
    ...text('claimId', link?.get('claimed-id') ?? cloud?.get('claim_id')),
    ...text('url', link?.get('cloud-url') ?? cloud?.get('url')),
    ...(link?.get('banned-by-cloud') === true || cloud?.get('status') === 'banned' ? { banned: true } : {}),
    ...time('since', cloud?.get('since') ?? link?.get(online ? 'last-connect-time-utc' : 'last-disconnect-time-utc')),
    ...text('reason', cloud?.get('reason')),
    ...time('nextAttempt', cloud?.get('next_check') ?? link?.get('next-connection-attempt-utc')),
  };
}

function text<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  // The cast: a computed name is any string to the type system.
  return typeof value === 'string' && value !== '' ? ({ [name]: printable(value, 200) } as { [Key in Name]: string }) : {};
}

/** "2026-11-20 09:00:01" is UTC here; a number is seconds since 1970. */
function time<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const isoText =
    typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value) ? `${value.replace(' ', 'T')}Z` : value;
  const at = new Date(typeof isoText === 'number' ? isoText * 1000 : typeof isoText === 'string' ? isoText : Number.NaN);
  if (Number.isNaN(at.getTime()) || at.getTime() === 0) return {};
  return text(name, at.toISOString().replace(/\.000Z$/, 'Z'));
}
