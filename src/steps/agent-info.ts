import { HttpFailure, type ReadableSystem } from '../system/system.ts';

/** The agent's own account of itself. Source: spec/claiming-and-link.md 5.1. */
export interface AgentInfo {
  version: string;
  cloudEnabled: boolean;
  cloudAvailable: boolean;
  claimed: boolean;
  /** The agent-cloud link is up now. */
  online: boolean;
}

/** Asks the agent on this port of 127.0.0.1; undefined when nobody answers, or nobody who is an agent. */
export async function agentInfo(port: number, system: ReadableSystem): Promise<AgentInfo | undefined> {
  try {
    const answer = await system.get({ url: `http://127.0.0.1:${port}/api/v1/info`, timeoutSeconds: 5, redirects: 'return' });
    return answer.status === 200 ? parseInfo(answer.body) : undefined;
  } catch (error) {
    if (error instanceof HttpFailure) return undefined;
    throw error;
  }
}

function parseInfo(body: string): AgentInfo | undefined {
  try {
    const info: unknown = JSON.parse(body);
    if (typeof info !== 'object' || info === null || !('version' in info) || typeof info.version !== 'string') return undefined;
    const says = new Map<string, unknown>(Object.entries(info));
    return {
      version: info.version,
      cloudEnabled: says.get('cloud-enabled') === true,
      cloudAvailable: says.get('cloud-available') === true,
      claimed: says.get('agent-claimed') === true,
      online: says.get('aclk-available') === true,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
