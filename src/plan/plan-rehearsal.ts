import { agentLayout } from '../host/agent-layout.ts';
import type { ServiceDescription } from '../host/service-managers.ts';
import type { Secret } from '../system/secret.ts';
import type { Plan } from './plan.ts';

/** Where everything of one rehearsal is. */
export interface Rehearsal {
  /** Throw-away: all of it goes at the end. */
  directory: string;
  /** The agent's root, below the directory. */
  root: string;
  agentPort: number;
  cloudPort: number;
  /** What the Cloud's space is: its claim token and rooms, as space.json. */
  space: Secret;
  /** How this kickstart is started as a Cloud. */
  self: { program: string; arguments: readonly string[] };
}

/** The stand-in Cloud and a place for the agent: what a rehearsal needs before the real job begins. Undone like any other change. */
export function planRehearsal(rehearsal: Rehearsal): Plan {
  const { directory, root, agentPort, space } = rehearsal;
  const service = cloudService(rehearsal);
  return {
    goal: 'rehearse',
    title: `Prepare a rehearsal in ${directory}`,
    decisions: [
      'The Cloud is a local stand-in, with a CA of its own; nothing leaves this machine but the download of source archives.',
    ],
    stages: [
      {
        title: 'Prepare the rehearsal',
        atOnce: 1,
        steps: [
          {
            id: 'create-directory:rehearsal',
            step: { kind: 'create-directory', path: directory, mode: 0o755, contents: 'ours' },
            reason: 'Everything is below it.',
          },
          {
            id: 'create-directory:rehearsal-cloud',
            step: { kind: 'create-directory', path: cloudDirectory(directory), mode: 0o755, contents: 'ours' },
            reason: 'The Cloud keeps its CA, its space and its nodes here.',
          },
          {
            id: 'write-file:space',
            step: {
              kind: 'write-file',
              path: `${cloudDirectory(directory)}/space.json`,
              content: space,
              mode: 0o600,
              when: 'always',
            },
            reason: 'A space with a claim token and two rooms.',
          },
          {
            id: 'create-directory:rehearsal-configuration',
            step: { kind: 'create-directory', path: agentLayout(root).configurationDirectory, mode: 0o755, contents: 'keep' },
            reason: 'The agent gets a port of its own, so that it disturbs no other.',
          },
          {
            id: 'write-file:rehearsal-netdata.conf',
            step: {
              kind: 'write-file',
              path: agentLayout(root).configurationFile,
              content: `[web]\n    bind to = 127.0.0.1\n    default port = ${agentPort}\n`,
              mode: 0o644,
              when: 'absent',
            },
            reason: 'The agent gets a port of its own, so that it disturbs no other.',
          },
          {
            id: 'start-service:cloud',
            step: { kind: 'start-service', service, ready: { path: readyFile(directory), seconds: 30 } },
            reason: 'The agent is claimed to it.',
          },
        ],
      },
    ],
  };
}

export function cloudDirectory(directory: string): string {
  return `${directory}/cloud`;
}

function readyFile(directory: string): string {
  return `${cloudDirectory(directory)}/ready`;
}

function cloudService({ directory, cloudPort, self }: Rehearsal): ServiceDescription {
  const data = cloudDirectory(directory);
  return {
    manager: 'none',
    name: 'kickstart-cloud',
    description: 'Stand-in for Netdata Cloud',
    program: self.program,
    arguments: [
      ...self.arguments,
      'cloud',
      '--listen',
      `127.0.0.1:${cloudPort}`,
      '--data',
      data,
      '--ready-file',
      readyFile(directory),
    ],
    environment: {},
    pidPath: `${data}/cloud.pid`,
    logPath: `${data}/cloud.log`,
  };
}
