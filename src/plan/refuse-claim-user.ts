import { KickstartError } from '../errors.ts';
import type { HostFacts } from '../host/facts.ts';
import type { ClaimedAgent } from './plan-claim.ts';

interface Claimer {
  /** What is to be done, as people type it. */
  command: 'claim' | 'unclaim';
  /** --claim-user: whom the files are to belong to. */
  user?: string;
  /** Something in the directory of its configuration is written, too. */
  configures?: boolean;
}

/** Root, and the user that runs the agent, may claim it, and nobody else: the agent could not read what others leave. Source: spec/claiming-and-link.md 2.8. */
export function wrongUser(
  { command, user, configures = false }: Claimer,
  agent: Pick<ClaimedAgent, 'runAsUser' | 'generation' | 'configurationWritable'>,
  { privileges }: Pick<HostFacts, 'privileges'>,
): KickstartError | undefined {
  const { isRoot, userName } = privileges;
  const owner = user ?? agent.runAsUser;
  const writes = agent.configurationWritable || !(configures || agent.generation === 'claim.conf');
  if (isRoot || (userName === owner && writes)) return undefined;
  const elevation = privileges.elevateWith ?? 'sudo';
  const asUser = elevation === 'pkexec' ? `pkexec --user ${owner}` : `${elevation} -u ${owner}`;
  const words = `kickstart ${command} …`;
  return new KickstartError('CLAIM_WRONG_USER', {
    what: `Only root${writes ? ` or the user ${owner}` : ''} can ${command} this agent, and this is ${userName}.`,
    why: writes
      ? `The agent runs as ${owner}, and has to be able to read what the claim leaves.`
      : `The agent runs as ${owner}, and some of what the claim needs goes where its configuration is, which ${userName} cannot write.`,
    next: `Run: ${writes ? `${asUser} ${words}, or ` : ''}${elevation} ${words}`,
  });
}
