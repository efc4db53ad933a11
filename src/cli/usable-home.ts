import { agentSettings } from '../host/agent-configuration.ts';
import { directoryOf, statIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { Environment } from './options.ts';

/**
 * The environment with a home that its user can write in: the accounts of agents often have "/", or one that is not there, and claim their agent all
 * the same. Theirs is then the directory of the agent's own state, and as it was for everybody else.
 */
export async function withUsableHome(environment: Environment, root: string, system: ReadableSystem): Promise<Environment> {
  const { userId } = system.processOwner();
  const { HOME: home } = environment;
  if (userId === 0 || (home !== undefined && (await isUsable(home, system)))) return environment;
  const { cloudDirectory } = await agentSettings(root, system, 'cloud.d');
  const ofAgent = directoryOf(cloudDirectory);
  const isOwn = (await statIfAllowed(ofAgent, system))?.userId === userId;
  return isOwn && (await system.canWrite(ofAgent)) ? { ...environment, HOME: ofAgent } : environment;
}

async function isUsable(home: string, system: ReadableSystem): Promise<boolean> {
  return (await system.canWrite(home)) || system.canWrite(`${home}/.local/state/kickstart`);
}
