import { KickstartError } from '../errors.ts';
import type { HostFacts } from '../host/facts.ts';
import type { ClaimedAgent } from './plan-claim.ts';

interface Claimer {
  /** What is to be done, as people type it. */
  command: 'claim' | 'unclaim';
  /** The agent's own root directory. */
  root: string;
  /** `unclaim --restore` */
  restores?: boolean;
  /** --claim-user: whom the files are to belong to. */
  user?: string;
  /** Something in the directory of its configuration is written, too. */
  configures?: boolean;
}

/**
 * Root, and the user that runs the agent, may claim it, and nobody else: the agent could not read what others leave. With --claim-user that may be
 * who its claim belongs to already: an agent that was started by hand runs as who started it. Source: spec/claiming-and-link.md 2.8.
 */
export function wrongUser(
  { command, root, restores = false, user, configures = false }: Claimer,
  agent: Pick<ClaimedAgent, 'runAsUser' | 'generation' | 'configurationWritable' | 'ownsClaim'>,
  { privileges }: Pick<HostFacts, 'privileges'>,
): KickstartError | undefined {
  const { isRoot, userName } = privileges;
  const isStranger = userName === user && userName !== agent.runAsUser && !agent.ownsClaim;
  const owner = user === undefined || isStranger ? agent.runAsUser : user;
  const writes = agent.configurationWritable || !(configures || agent.generation === 'claim.conf');
  if (isRoot || (userName === owner && writes)) return undefined;
  const elevation = privileges.elevateWith ?? 'sudo';
  const asUser = elevation === 'pkexec' ? `pkexec --user ${owner}` : `${elevation} -u ${owner}`;
  const words = ['kickstart', command, ...(restores ? ['--restore'] : []), ...named(root)].join(' ');
  // What else a claim needs is not said again: there may be a token in it.
  const [line, rest] = command === 'claim' ? [`${words} …`, '; … is what else you gave'] : [words, ''];
  return new KickstartError('CLAIM_WRONG_USER', {
    what: `Only root${writes ? ` or the user ${owner}` : ''} can ${command} this agent, and this is ${userName}.`,
    why: writes
      ? `The agent runs as ${owner}, and its credentials are this user's alone.`
      : `The agent runs as ${owner}, and some of what the ${command} changes is where its configuration is, which ${userName} cannot write.`,
    next: `Run: ${writes ? `${asUser} ${line}, or ` : ''}${elevation} ${line}${rest}`,
  });
}

function named(root: string): readonly string[] {
  return root === '' ? [] : ['--install', root.slice(0, -'/netdata'.length) || '/'];
}
