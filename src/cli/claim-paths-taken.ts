import { isKickstartError, type KickstartError } from '../errors.ts';
import { agentSettings } from '../host/agent-configuration.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import type { Plan } from '../plan/plan.ts';
import { changedFiles } from '../steps/claim-by-agent.ts';
import { writtenFiles } from '../steps/claim-node.ts';
import { editedPath } from '../steps/edited-file.ts';
import { notSmallFile } from '../steps/path-taken.ts';
import type { Step } from '../steps/step.ts';
import { credentialFiles } from '../steps/unclaim-node.ts';
import type { ReadableSystem } from '../system/system.ts';

/**
 * A refusal for each path of the claim, old or new, that has a link, a directory or something huge where a file must be, and for a configuration
 * file that is somebody's link: the step would find it, too, but only when the agent is stopped already.
 */
export async function claimPathsTaken({ stages }: Plan, system: ReadableSystem): Promise<readonly KickstartError[]> {
  const all = await Promise.all(stages.flatMap(({ steps }) => steps.map(({ step }) => pathsOf(step, system))));
  const found = await Promise.all(
    [...new Set(all.flat())].map(async (path) => ({ path, facts: await statIfAllowed(path, system) })),
  );
  const taken = found.flatMap(({ path, facts }) => (facts && notSmallFile(path, facts)) ?? []);
  return [...taken, ...(await editsRefused(stages, system))];
}

async function editsRefused(stages: Plan['stages'], system: ReadableSystem): Promise<readonly KickstartError[]> {
  const steps = stages.flatMap((stage) => stage.steps.map(({ step }) => step));
  const paths = new Set(steps.flatMap((step) => (step.kind === 'edit-configuration' ? [step.path] : [])));
  const refusals = await Promise.all([...paths].map((path) => editedPath(path, system).then(() => [], asRefusal)));
  return refusals.flat();
}

function asRefusal(error: unknown): readonly KickstartError[] {
  if (isKickstartError(error)) return [error];
  throw error;
}

async function pathsOf(step: Step, system: ReadableSystem): Promise<readonly string[]> {
  if (step.kind === 'claim-node') return writtenFiles(await agentSettings(step.root, system, step.generation));
  if (step.kind === 'claim-by-agent') return changedFiles(await agentSettings(step.root, system, 'claim.conf'), step.ca, system);
  if (step.kind === 'unclaim-node' || step.kind === 'restore-claim')
    return credentialFiles(await agentSettings(step.root, system, step.generation));
  return [];
}
