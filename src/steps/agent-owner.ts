import { findAccount } from '../host/accounts.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';
import type { Owner, ReadableSystem } from '../system/system.ts';

/**
 * Who must own the agent's state: the user it runs as when we are root, and otherwise ourselves, because nobody else can give files away.
 */
export async function agentOwner({ runAsUser }: AgentSettings, system: ReadableSystem): Promise<Owner> {
  const self = system.processOwner();
  if (self.userId !== 0) return self;
  return (await findAccount(runAsUser, system)) ?? self;
}
