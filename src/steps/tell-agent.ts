import { isKickstartError } from '../errors.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { Command, System } from '../system/system.ts';
import { agentPipe, netdatacli } from './agent-pipe.ts';
import { agentProcess } from './agent-process.ts';
import type { StepContext } from './definition.ts';

export interface AgentNews {
  root: string;
  generation: AgentGeneration;
  /** The Cloud that it is claimed to; absent after an unclaim. */
  url?: string;
}

/**
 * What came of telling the agent. `told`: it looked at its claim again; from 2.0 on it says in a sentence what came of that; older ones are silent.
 * `not-running`: it takes the claim up when it starts. `not-told`: it runs and did not listen, so it has to be started again.
 */
export type AgentTold = { kind: 'told'; says: string } | { kind: 'not-running' } | { kind: 'not-told'; why: string };

/**
 * Tells the running agent to look at its claim again, by its own netdatacli and through its own pipe alone. Agents of cloud.d have the URL in
 * memory, and are told it too.
 * Source: spec/claiming-and-link.md 2.3, 4.2 and 4.3.
 */
export async function tellAgent({ root, generation, url }: AgentNews, system: System, signal?: AbortSignal): Promise<AgentTold> {
  const agent = await agentProcess(root, system);
  if (agent === undefined) return { kind: 'not-running' };
  if (agent === 'unknown')
    return { kind: 'not-told', why: 'Its process cannot be seen, so nobody knows whose its control pipe is.' };
  const pipe = await agentPipe(agent, system);
  if (pipe.kind === 'not-own') return { kind: 'not-told', why: pipe.why };
  const { path } = pipe;
  const words = generation === 'cloud.d' && url !== undefined ? writeConfiguration(url) : [];
  try {
    for (const line of words) await system.run(await commandOf(line), signal);
    const { stdout } = await system.run(await commandOf(['reload-claiming-state']), signal);
    return { kind: 'told', says: stdout.trim() };
  } catch (error) {
    signal?.throwIfAborted();
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    return { kind: 'not-told', why: error.why };
  }

  async function commandOf(line: readonly string[]): Promise<Command> {
    // From 2.0 on it claims before it answers, up to five times for 10 s each, and waits up to 10 s for the link.
    return { ...(await netdatacli(root, path, line, system)), timeoutSeconds: generation === 'claim.conf' ? 75 : 30 };
  }
}

/** Says what came of telling it; that it was not told is no success. */
export function sayTold(told: AgentTold, { prove, warn }: Pick<StepContext, 'prove' | 'warn'>): void {
  if (told.kind === 'not-told')
    warn('The agent runs and could not be told of the claim: it takes it up when it is started again.');
  if (told.kind === 'not-running') prove('The agent does not run: it takes the claim up when it starts.');
  if (told.kind === 'told' && told.says !== '') prove(`The agent says: ${told.says}`);
}

function writeConfiguration(url: string): readonly (readonly string[])[] {
  return [
    ['write-config', 'cloud|global|enabled|yes'],
    ['write-config', `cloud|global|cloud base url|${url}`],
  ];
}
