import { gatherReleases } from '../artifacts/releases.ts';
import { cloudUnreachable } from '../cloud/cloud-reachable.ts';
import { proxyOf } from '../cloud/proxy.ts';
import { isKickstartError, KickstartError } from '../errors.ts';
import { findAccount } from '../host/accounts.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { claimCertificates } from '../host/claim-certificates.ts';
import { heardStages } from '../plan/heard-stage.ts';
import type { ClaimOptions, InstallOptions } from '../plan/install-options.ts';
import { withKeptId } from '../plan/keep-claim-id.ts';
import { lostIdentity } from '../plan/lost-identity.ts';
import type { Plan } from '../plan/plan.ts';
import { editsConfiguration, planClaim } from '../plan/plan-claim.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import { type InstalledAgent, planInstall, planUpgrade } from '../plan/plan-install.ts';
import { buildRefusals } from '../plan/refuse-build.ts';
import { switchedOff } from '../plan/refuse-claim.ts';
import { wrongUser } from '../plan/refuse-claim-user.ts';
import { restartNeeded } from '../plan/refuse-restart.ts';
import type { ReadableSystem } from '../system/system.ts';
import { newClaimId } from './claim-new-id.ts';
import { claimNotes } from './claim-notes.ts';
import { claimPathsTaken } from './claim-paths-taken.ts';
import { installedAgent } from './installed-agent.ts';

type Choice = Plan | { refused: readonly KickstartError[] };

/** Install, upgrade or claim: that depends on what is here and what was asked for. Every reason against it is collected. */
export async function choosePlan(given: PlanInput, system: ReadableSystem): Promise<Choice> {
  const installed = await installedAgent(given, system);
  const { claim, stateDirectory } = given.options;
  if (claim === undefined) return chosen(given, installed, system);
  // An agent from 2.0 on chooses its id itself.
  const lost = installed && lostIdentity(claim, installed);
  const newId = claim.newId || lost !== undefined;
  const id = installed?.generation === 'claim.conf' ? undefined : await newClaimId({ newId }, stateDirectory, system);
  const asked = id === undefined ? claim : { ...claim, newId: false, id };
  const input = { ...given, options: { ...given.options, claim: asked } };
  const plan = await chosen(input, installed, system);
  if ('refused' in plan) return plan;
  const taken = await claimPathsTaken(plan, system);
  if (taken.length > 0) return { refused: taken };
  const kept = id === undefined ? plan : withKeptId(plan, id, stateDirectory);
  return {
    ...kept,
    decisions: [
      ...kept.decisions,
      ...(lost === undefined ? [] : [lost]),
      ...(await claimNotes(input, { claim: asked, installed, plan }, system)),
    ],
    stages: [...kept.stages, ...heardStages(input, asked, plan)],
  };
}

async function chosen(input: PlanInput, installed: InstalledAgent | undefined, system: ReadableSystem): Promise<Choice> {
  const { options, facts } = input;
  const { claim } = options;
  const noCloud =
    claim === undefined
      ? undefined
      : await cloudUnreachable(await cloudOf(claim, input, installed, system), system, otherwise(claim, installed));
  if (claim !== undefined && installed !== undefined) {
    const configures = editsConfiguration(claim, installed);
    const noUser = wrongUser(
      { command: 'claim', root: options.root, configures, ...(claim.user && { user: claim.user }) },
      installed,
      facts,
    );
    const noRestart = restartNeeded(claim, installed);
    const off = switchedOff(claim, installed, options.root);
    const refused = [noUser, noRestart, off, await noAccount(claim, system), noCloud].flatMap((reason) => reason ?? []);
    return refused.length === 0 ? planClaim(input, claim, installed) : { refused };
  }
  const release = await latestRelease(options, system);
  const noOwner = claim === undefined || claim.user === createdUser ? undefined : await noAccount(claim, system);
  const withoutCloud = [noOwner, noCloud].flatMap((reason) => reason ?? []);
  if (isKickstartError(release)) return { refused: [release, ...withoutCloud] };
  const source = { ...input, release };
  const refused = [...withoutCloud, ...buildRefusals(source, installed)];
  if (refused.length > 0) return { refused };
  return installed === undefined ? planInstall(source) : planUpgrade(source, installed);
}

/** An install does not need a claim; a claim of an agent that is here is all that there is to do. */
function otherwise({ tokenFrom }: ClaimOptions, installed: InstalledAgent | undefined): string {
  if (installed !== undefined) return '';
  return tokenFrom === undefined
    ? ' Or leave out the --claim-* options, and claim later.'
    : ` Or install without ${tokenFrom}, and claim later.`;
}

/** The user that an install by root makes. */
const createdUser = 'netdata';

/** Said before the agent is built, and before the Cloud knows the node: only root gives files to another user. */
async function noAccount({ user }: ClaimOptions, system: ReadableSystem): Promise<KickstartError | undefined> {
  if (user === undefined || system.processOwner().userId !== 0) return undefined;
  if ((await findAccount(user, system)) !== undefined) return undefined;
  return new KickstartError('USAGE_INVALID_VALUE', {
    what: `--claim-user ${user} is no user of this machine.`,
    why: 'The files of the claim are to belong to this user.',
    next: `Look with: getent passwd ${user}; usually the option can be left out, and they belong to the user that the agent runs as.`,
  });
}

/** Asked in the way that the claim goes. */
async function cloudOf(
  { url, ca, insecure, proxy: wanted }: ClaimOptions,
  { options: { root } }: PlanInput,
  installed: InstalledAgent | undefined,
  system: ReadableSystem,
) {
  const settings = await agentSettings(root, system, installed?.generation);
  const proxy = proxyOf(wanted, settings.proxy);
  const caFile = ca?.file ?? (await claimCertificates(settings, system));
  return {
    url,
    ...(caFile === undefined ? {} : { caFile }),
    ...(insecure ? { insecure } : {}),
    ...(proxy === undefined ? {} : { proxy }),
  };
}

async function latestRelease({ releaseUrl, caFile }: InstallOptions, system: ReadableSystem) {
  try {
    return (await gatherReleases({ releaseUrl, ...(caFile === undefined ? {} : { caFile }) }, system)).agent;
  } catch (error) {
    if (isKickstartError(error)) return error;
    throw error;
  }
}
