import { eq, gt } from 'semver';
import { agentLayout } from '../host/agent-layout.ts';
import { agentGeneration } from '../host/agent-version.ts';
import { agentService } from './agent-service.ts';
import { buildDecisions } from './build-decisions.ts';
import { libraryDecisions } from './cloud-dependencies.ts';
import type { ClaimOptions } from './install-options.ts';
import { keptStages, launcherSteps } from './launcher-steps.ts';
import type { Plan, PlannedStep, Stage } from './plan.ts';
import { type AgentToClaim, type ClaimedAgent, claimStages, linkStage } from './plan-claim.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { treeRights } from './result-of-version.ts';
import { completeStageStep, groupSteps, logrotateSteps, stateDirectorySteps } from './result-steps.ts';
import { sourceBuildStages } from './source-build.ts';
import { startStages } from './start-stages.ts';
import { privateCaStep } from './trust-steps.ts';
import { inOwnWorkDirectory, stageDirectory } from './work-paths.ts';

export interface InstalledAgent extends ClaimedAgent {
  version: string;
  claimed: boolean;
  cloudUrl: string;
}

const checkSeconds = 30;

/** A machine without an agent → an agent that runs, and with claim options is claimed and online. */
export function planInstall(given: SourcePlanInput): Plan {
  const input = inOwnWorkDirectory(given);
  const { options, facts, release } = input;
  const { claim } = options;
  return {
    goal: 'install',
    title: `Install Netdata ${release.tag} below ${options.root || '/'}${claim === undefined ? '' : ` and claim it to ${claim.url}`}`,
    decisions: decisions(input),
    stages: [
      ...keptStages(input),
      ...sourceBuildStages(input),
      completionStage(input),
      ...accountStages(input),
      {
        title: 'Install',
        atOnce: 1,
        steps: [
          ...stateDirectorySteps(input),
          installTreeStep(input),
          configurationStep(input),
          ...telemetrySteps(input),
          ...logrotateSteps(input),
          ...launcherSteps(input),
        ],
      },
      ...(claim?.ca === undefined ? [] : [{ title: 'Install', atOnce: 1, steps: [privateCaStep(options.root, claim.ca.pem)] }]),
      ...startStages(agentService(options, facts, claim?.ca !== undefined)),
      checkStage(input),
      ...(claim === undefined ? [] : freshClaimStages(input, claim)),
    ],
  };
}

/** A claim that fails leaves the agent, which can be claimed later; --on-claim-failure undo takes all of the install back. */
function freshClaimStages(input: SourcePlanInput, claim: ClaimOptions): readonly Stage[] {
  const stages = claimStages(input, claim, freshAgent(input));
  return claim.onFailure === 'keep' ? stages : stages.map(({ failureUndoes: _, ...stage }) => stage);
}

function freshAgent({ release, facts, options }: SourcePlanInput): AgentToClaim {
  const generation = agentGeneration(release.version);
  return {
    ...{ version: release.version, generation, restarts: true },
    privateCa: options.claim?.ca !== undefined,
    runAsUser: facts.privileges.isRoot ? 'netdata' : facts.privileges.userName,
    cloudEnabled: generation !== 'claim.d',
  };
}

/** An older agent of ours → the newer one, with its identity, claim and configuration. The same or a newer one there: nothing but a check. */
export function planUpgrade(given: SourcePlanInput, installed: InstalledAgent): Plan {
  const input = inOwnWorkDirectory(given);
  const { options, facts, release } = input;
  const service = agentService(options, facts, installed.privateCa);
  const proof = installed.claimed ? [linkStage(input, installed.cloudUrl)] : [];
  if (!gt(release.version, installed.version)) {
    const newest = eq(release.version, installed.version) ? 'the newest there is' : `newer than the newest there, ${release.tag}`;
    return {
      goal: 'upgrade',
      title: `Netdata v${installed.version} below ${options.root || '/'} is up to date`,
      decisions: [`It is ${newest} (${options.releaseUrl}): there is nothing to upgrade, only to check.`],
      stages: [
        ...keptStages(input),
        ...telemetryStage(input),
        ...startStages(service),
        checkStage({ ...input, release: { ...release, tag: `v${installed.version}` } }),
        ...proof,
      ],
    };
  }
  return {
    goal: 'upgrade',
    title: `Upgrade Netdata below ${options.root || '/'} from v${installed.version} to ${release.tag}`,
    decisions: [...decisions(input), 'Identity, claim and configuration stay as they are.'],
    stages: [
      ...keptStages(input),
      ...sourceBuildStages(input),
      completionStage(input),
      {
        title: 'Upgrade',
        atOnce: 1,
        steps: [
          {
            id: `stop-service:${input.runId}`,
            step: { kind: 'stop-service', service },
            reason: 'Its program is about to be replaced.',
          },
          installTreeStep(input),
          ...telemetrySteps(input),
        ],
      },
      ...startStages(service),
      checkStage(input),
      ...proof,
    ],
  };
}

function decisions(input: SourcePlanInput): readonly string[] {
  const { options, facts } = input;
  const service = agentService(options, facts, false);
  return [
    'The agent is built from its sources: this version of kickstart installs neither native packages nor static archives.',
    ...libraryDecisions(input),
    ...buildDecisions(input),
    service.manager === 'none'
      ? 'kickstart starts the agent itself: it does not start with the machine.'
      : `${service.manager} starts the agent, now and with the machine.`,
    ...(options.noLauncher === undefined ? [] : [options.noLauncher]),
  ];
}

function accountStages(input: SourcePlanInput): readonly Stage[] {
  const { options, facts } = input;
  if (!facts.privileges.isRoot) return [];
  const step: PlannedStep = {
    id: 'create-account',
    step: {
      kind: 'create-account',
      user: 'netdata',
      home: agentLayout(options.root).libraryDirectory,
      stateDirectory: options.stateDirectory,
    },
    reason: 'The agent does not run as root.',
  };
  return [{ title: 'Install', atOnce: 1, steps: [step, ...groupSteps(input)] }];
}

function completionStage(input: SourcePlanInput): Stage {
  return { title: 'Build the agent', atOnce: 1, steps: [completeStageStep(input)] };
}

function installTreeStep({ options, facts, release, runId }: SourcePlanInput): PlannedStep {
  return {
    id: `install-tree:${runId}`,
    step: {
      kind: 'install-tree',
      from: `${stageDirectory(options)}${options.root}`,
      to: options.root,
      backupDirectory: `${options.stateDirectory}/tree-${runId}`,
      rights: treeRights(release.version, facts.privileges.isRoot),
      groupOf: 'netdata',
    },
    reason: 'Files that are there already are kept for the way back.',
  };
}

function configurationStep({ options }: SourcePlanInput): PlannedStep {
  return {
    id: 'write-file:netdata.conf',
    step: {
      kind: 'write-file',
      path: agentLayout(options.root).configurationFile,
      content: '# Settings of the Netdata agent. What is not here has its default: see netdata -h.\n',
      mode: 0o644,
      when: 'absent',
    },
    reason: 'A file to begin with; one that is there already is left alone.',
  };
}

/** Agents look for this file beside netdata.conf, whatever is in it. Source: agent netdata-installer.sh v1.37.1, daemon/analytics.c. */
function telemetrySteps({ options }: SourcePlanInput): readonly PlannedStep[] {
  if (options.disableTelemetry !== true) return [];
  const path = `${agentLayout(options.root).configurationDirectory}/.opt-out-from-anonymous-statistics`;
  return [
    {
      id: 'write-file:opt-out',
      step: { kind: 'write-file', path, content: '', mode: 0o644, when: 'absent' },
      reason: 'The agent is to send no anonymous statistics.',
    },
  ];
}

/** An agent that runs reads it when it is started the next time. */
function telemetryStage(input: SourcePlanInput): readonly Stage[] {
  const steps = telemetrySteps(input);
  return steps.length === 0 ? [] : [{ title: 'Configure', atOnce: 1, steps }];
}

function checkStage({ options, release }: Pick<SourcePlanInput, 'options' | 'release'>): Stage {
  return {
    title: 'Check',
    atOnce: 1,
    steps: [
      {
        id: 'verify-agent',
        step: { kind: 'verify-agent', root: options.root, tag: release.tag, cloud: options.cloud, seconds: checkSeconds },
        reason: 'Started is not running.',
      },
    ],
  };
}
