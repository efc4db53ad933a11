import { KickstartError } from '../errors.ts';
import { agentLayout, installOptionFor, rootOfProgram } from '../host/agent-layout.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import type { HostFacts } from '../host/facts.ts';
import type { ClaimOptions, InstallOptions } from './install-options.ts';

/** `kickstart claim` and --claim-only never install: without an agent there is nothing that they could do. */
export function noAgentToClaim(
  { root, claimOnly }: InstallOptions,
  { existingInstall }: Pick<HostFacts, 'existingInstall'>,
): KickstartError | undefined {
  if (!claimOnly || existingInstall.kind === 'ours' || existingInstall.kind === 'foreign') return undefined;
  const { netdata } = agentLayout(root);
  const isUnfinished = existingInstall.kind === 'unfinished';
  return new KickstartError('CLAIM_NO_AGENT', {
    what: 'There is no Netdata agent here that could be claimed.',
    why: isUnfinished
      ? `There is a receipt of kickstart, and no agent that works at ${netdata}. A claim alone never installs or upgrades.`
      : `${netdata} is not there, and a claim alone never installs or upgrades.`,
    next: isUnfinished
      ? 'To mend the install and claim it: the same line without --claim-only, or with the word install instead of claim.'
      : 'For an agent below a prefix name it: --install PREFIX. To install one and claim it: the same line without --claim-only, or with the word install instead of claim.',
  });
}

/** Agents have the Cloud on from 1.22 to 1.47: where it is off, somebody wanted it so. Before it is off everywhere, and from 2.0 on it cannot be. */
export function switchedOff(
  { enable }: Pick<ClaimOptions, 'enable'>,
  { generation, cloudEnabled }: { generation: AgentGeneration; cloudEnabled: boolean },
  root: string,
): KickstartError | undefined {
  if (enable || generation !== 'cloud.d' || cloudEnabled) return undefined;
  const { libraryDirectory } = agentLayout(root);
  return new KickstartError('CLAIM_CLOUD_DISABLED', {
    what: 'The Cloud is switched off in the settings of this agent, and a claim would switch it on.',
    why: `${libraryDirectory}/cloud.d/cloud.conf has "enabled = no" below [global].`,
    next: 'If it is to be on: the same line with --claim-enable.',
  });
}

/** Packages, static archives and builds of others are claimed as they are when that is all that is asked for; a container is its image's. */
export function isClaimedAsItIs(
  { root, claimOnly }: InstallOptions,
  { existingInstall }: Pick<HostFacts, 'existingInstall'>,
): boolean {
  if (!claimOnly || existingInstall.kind !== 'foreign' || existingInstall.how === 'container') return false;
  return rootOfProgram(existingInstall.path) === root;
}

/** The command that claims the agent of this program as it is, as a sentence; empty for a program in a place that no --install names. */
export function howToClaim(program: string): string {
  const option = installOptionFor(rootOfProgram(program));
  return option === undefined ? '' : ` To claim it as it is: kickstart claim${option}, with a token.`;
}
