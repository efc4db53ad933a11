import { agentPrograms } from '../host/agent-program.ts';
import type { ReadableSystem } from '../system/system.ts';
import { agentProcess } from './agent-process.ts';

/** A line that restarts an agent which was started by hand, as a sentence to go after "Restart it."; empty where its process cannot be seen. */
export async function restartByHand(root: string, system: ReadableSystem): Promise<string> {
  const agent = await agentProcess(root, system);
  if (agent === undefined || agent === 'unknown') return '';
  const { processId } = agent;
  // It has to have ended: two of them would want one port.
  return ` When it was started by hand: kill ${processId}; while kill -0 ${processId} 2>/dev/null; do sleep 1; done; ${(await agentPrograms(root, system)).netdata}`;
}
