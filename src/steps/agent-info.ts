import { HttpFailure, type ReadableSystem } from '../system/system.ts';

/** The agent's own account of itself. Source: spec/claiming-and-link.md 5.1. */
export interface AgentInfo {
  version: string;
  cloudEnabled: boolean;
  cloudAvailable: boolean;
  claimed: boolean;
  /** The agent-cloud link is up now. */
  online: boolean;
  /** What agents of 1.30 to 1.36 call their link: "Next Generation" or "Legacy". */
  linkImplementation?: string;
}

/** Asks the agent on this port of 127.0.0.1; undefined when nobody answers, or nobody who is an agent. */
export async function agentInfo(port: number, system: ReadableSystem): Promise<AgentInfo | undefined> {
  const info = await askAgent(port, '/api/v1/info', system);
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
  };
}

/** What the agent on this port answers; undefined when it is not status 200 with a JSON object. */
export async function askAgent(
  port: number,
  path: string,
  system: ReadableSystem,
): Promise<ReadonlyMap<string, unknown> | undefined> {
  try {
    const answer = await system.get({ url: `http://127.0.0.1:${port}${path}`, timeoutSeconds: 5, redirects: 'return' });
    return answer.status === 200 ? parseObject(answer.body) : undefined;
  } catch (error) {
    if (error instanceof HttpFailure) return undefined;
    throw error;
  }
}

function parseObject(body: string): ReadonlyMap<string, unknown> | undefined {
  try {
    return membersOf(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The members of a JSON object; undefined for any other value. */
export function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? new Map(Object.entries(value)) : undefined;
}
