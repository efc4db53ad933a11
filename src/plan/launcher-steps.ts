import { launcherPath } from './install-options.ts';
import type { PlannedStep, Stage } from './plan.ts';
import type { PlanInput } from './plan-input.ts';

/** Puts a kickstart that stays where it is on PATH, for netdata-claim.sh and for what is pasted. */
export function launcherSteps({ options: { launcher } }: PlanInput): readonly PlannedStep[] {
  if (launcher === undefined || launcher.kept !== undefined) return [];
  return [writeStep('write-file:launcher', launcher)];
}

/**
 * Keeps a kickstart that does not stay, and puts that on PATH; or makes what was kept by an earlier run the one that runs now.
 * First in a plan, and so the last that an uninstall takes away: one that is stopped in the middle can be started again.
 */
export function keptStages({ options, runId }: PlanInput): readonly Stage[] {
  const { launcher, stateDirectory } = options;
  if (launcher?.kept === undefined) return [];
  const keep: PlannedStep = {
    id: `install-tree:kickstart-${runId}`,
    step: {
      ...{ kind: 'install-tree', of: 'kickstart', ...launcher.kept },
      ...{ backupDirectory: `${stateDirectory}/program-${runId}`, rights: [], groupOf: 'root' },
    },
    reason: 'What was downloaded goes when this run ends; kickstart on PATH needs it.',
    optional: { sentence: notOnPath },
  };
  const write = { ...writeStep(`write-file:launcher-${runId}`, launcher), needs: [keep.id] };
  return [
    { title: 'Keep kickstart', atOnce: 1, steps: [keep] },
    { title: 'Keep kickstart', atOnce: 1, steps: [write] },
  ];
}

function writeStep(id: string, { text, when }: { text: string; when: 'always' | 'absent' }): PlannedStep {
  return {
    id,
    step: { ...{ kind: 'write-file', path: launcherPath, content: text, mode: 0o755 }, ...{ when, ifDirectory: true } },
    reason: 'So that kickstart is on PATH; a program that is there already is left alone.',
    // A read-only /usr/local, say: an agent does not need it.
    optional: { sentence: notOnPath },
  };
}

const notOnPath = `kickstart could not be put on PATH (${launcherPath}): start it the way you did now. netdata-claim.sh of this agent does not find it.`;
