import { posix } from 'node:path';
import { createDirectories } from '../artifacts/directories.ts';
import { findGroup } from '../host/accounts.ts';
import { agentLayout } from '../host/agent-layout.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';

export interface CompleteStageStep {
  kind: 'complete-stage';
  sourceDirectory: string;
  /** The staged install: the root of the agent is below it. */
  stageDirectory: string;
  root: string;
  /** What the agent's own updater and uninstaller read, key by key; the groups that the machine has of `groups` go into `groupsKey`. */
  environment: readonly (readonly [string, string])[];
  groupsKey: string;
  groups: readonly string[];
}

export interface CompleteStageUndo {
  /** In the stage. */
  written: readonly string[];
}

/**
 * Adds to a staged install what an agent's own installer adds after `make install`: the file that says how it was made, the link to the stock
 * settings, and the two scripts of the tree that read them. Source: netdata-installer.sh v1.37.1, 1160 and 1755 to 1795; v2.10.4, 770 and 1116 to 1175.
 */
export const completeStage: StepDefinition<CompleteStageStep, CompleteStageUndo> = {
  describe: ({ root }) => `Add to the install for ${root || '/'} what its own installer would`,

  async inspect(step) {
    return { written: Object.values(placesIn(step)) };
  },

  async run(step, { system }) {
    const { root } = step;
    const places = placesIn(step);
    for (const path of Object.values(places)) await createDirectories(posix.dirname(path), 0o755, system);
    await system.writeFile(places.environment, await environmentText(step, system), { mode: 0o644 });
    await system.removeFile(places.link);
    await system.createLink(places.link, `${root}/usr/lib/netdata/conf.d`);
    for (const [name, place] of Object.entries(scripts)) {
      const text = await system.readFile(`${step.sourceDirectory}/packaging/installer/${name}`, { links: 'refused' });
      const path = `${agentLayout(root).configurationDirectory}/.environment`;
      if (text !== undefined)
        await system.writeFile(
          places[place],
          text.replace(environmentInScripts, () => path),
          { mode: 0o755 },
        );
    }
  },

  async undo({ written }, { system }) {
    for (const path of written) await system.removeFile(path);
  },
};

const scripts = { 'netdata-updater.sh': 'updater', 'netdata-uninstaller.sh': 'uninstaller' } as const;
// The updater has a word in the place of the path; the uninstaller has the path of an agent of the system.
const environmentInScripts =
  /THIS_SHOULD_BE_REPLACED_BY_INSTALLER_SCRIPT|(?<=ENVIRONMENT_FILE=")\/etc\/netdata\/\.environment(?=")/;

function placesIn({ stageDirectory, root }: CompleteStageStep) {
  const below = `${stageDirectory}${root}`;
  return {
    environment: `${below}/etc/netdata/.environment`,
    link: `${below}/etc/netdata/orig`,
    updater: `${below}/usr/libexec/netdata/netdata-updater.sh`,
    uninstaller: `${below}/usr/libexec/netdata/netdata-uninstaller.sh`,
  };
}

async function environmentText({ environment, groupsKey, groups }: CompleteStageStep, system: ReadableSystem): Promise<string> {
  const found = await Promise.all(groups.map((name) => findGroup(name, system)));
  const joined = found.flatMap((group) => (group === undefined ? [] : [` ${group.name}`])).join('');
  const lines = environment.map(([key, value]) => `${key}="${quoted(key === groupsKey ? joined : value)}"\n`);
  return `# Created by installer\n${lines.join('')}`;
}

/** Shells read the file. */
function quoted(value: string): string {
  return value.replaceAll(/[\\"$`]/g, '\\$&');
}
