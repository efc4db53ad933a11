import { machineGuid } from '../cloud/machine-guid.ts';
import { agentClaim } from '../host/agent-claim.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';
import { agentPrograms } from '../host/agent-program.ts';
import { readAgentFile } from '../host/allowed-reads.ts';
import { portHolder } from '../host/port-holder.ts';
import { userNameOf } from '../host/privileges.ts';
import type { ReadableSystem } from '../system/system.ts';
import { type AgentDoor, webDoors } from './agent-door.ts';
import { type AgentInfo, agentInfo } from './agent-info.ts';
import { agentPipe } from './agent-pipe.ts';
import { type AgentProcess, agentProcess } from './agent-process.ts';
import { startLine } from './start-lines.ts';

/** What an agent says of itself, proven to be its own word; or why nothing is. */
export type Hearing =
  | { kind: 'heard'; process: AgentProcess; door: AgentDoor; info: AgentInfo }
  | { kind: 'unheard'; process: AgentProcess | 'unknown' | undefined; reason: Unheard };

/** A sentence of what was seen, and one of what to do. */
export interface Unheard {
  /**
   * stopped: it has no process. silent: it has one, which does not answer. another: what answers is of another agent. unproven: this user may not see
   * enough to tell.
   */
  kind: 'stopped' | 'silent' | 'another' | 'unproven';
  seen: string;
  fix: string;
}

export interface HearQuestion {
  root: string;
  settings: Pick<AgentSettings, 'webPlaces' | 'port' | 'registryFile' | 'claimDirectory' | 'cloudBaseUrl' | 'configurationFile'>;
}

/**
 * Asks the agent below `root`, and believes only what comes from its own process: the socket or the pipe that is asked is open in the process of its
 * program, before and after; and the machine GUID, or the id of the claim, is the one on the disk. Whoever else answers on its port is not heard.
 */
export async function hearAgent(question: HearQuestion, system: ReadableSystem): Promise<Hearing> {
  const { root, settings } = question;
  const process = await agentProcess(root, system);
  if (process === undefined) return { kind: 'unheard', process, reason: await stopped(question, system) };
  if (process === 'unknown') return { kind: 'unheard', process, reason: hidden(system) };
  let reason: Unheard | undefined;
  for await (const door of doors(root, process, settings, system)) {
    const info = await agentInfo(door, system);
    if (info === undefined) continue;
    reason = await doubt(door, info, settings, system);
    if (reason === undefined) return { kind: 'heard', process, door, info };
  }
  return { kind: 'unheard', process, reason: reason ?? (await silent(process, question, system)) };
}

/** Its web server first, which says most. */
async function* doors(
  root: string,
  process: AgentProcess,
  settings: HearQuestion['settings'],
  system: ReadableSystem,
): AsyncGenerator<AgentDoor> {
  yield* await webDoors(process, settings, system);
  const pipe = await agentPipe(process, system);
  if (pipe.kind === 'own') yield { ...pipe, kind: 'pipe', process, root };
}

/** Why the answer is not believed. Who may not look into the process needs one of the ids, which no stranger knows. */
async function doubt(
  { process, isSeen }: AgentDoor,
  { guid, claimId }: AgentInfo,
  settings: HearQuestion['settings'],
  system: ReadableSystem,
): Promise<Unheard | undefined> {
  const onDisk = machineGuid(await readAgentFile(settings.registryFile, system));
  const claim = (await agentClaim(settings, system))?.id;
  const isSame = (said: string | undefined, written: string | undefined) => said !== undefined && said === written;
  if (isSame(guid, onDisk) || isSame(claimId, claim)) return undefined;
  if (guid !== undefined && onDisk !== undefined) {
    return {
      kind: 'another',
      seen: `Process ${process.processId} answers as machine ${guid}, and ${settings.registryFile} has ${onDisk}: it is not the agent of these files, or it has not read them since they changed.`,
      fix: 'Restart the agent; then look again with kickstart status.',
    };
  }
  if (isSeen) return undefined;
  const user = userNameOf(system.processOwner().userId, system);
  return {
    kind: 'unproven',
    seen: `Something answers where the agent should, and ${await user} may not see whether it is process ${process.processId} of the agent.`,
    fix: 'Run kickstart as root, or as the user that runs the agent.',
  };
}

async function stopped({ root, settings }: HearQuestion, system: ReadableSystem): Promise<Unheard> {
  const { netdata } = await agentPrograms(root, system);
  const holder = await portHolder(settings.webPlaces, system);
  const other = holder === undefined ? '' : ` ${holder.says}, which is not this agent.`;
  return {
    kind: 'stopped',
    seen: `The agent does not run: there is no process of ${netdata}.${other}`,
    fix:
      holder === undefined
        ? `Start it: ${await startLine(root, system)}; it takes the claim up by itself.`
        : `Stop the other program, or set another port below [web] in ${settings.configurationFile}; then start the agent.`,
  };
}

async function silent(process: AgentProcess, { settings }: HearQuestion, system: ReadableSystem): Promise<Unheard> {
  const { port, webPlaces, configurationFile } = settings;
  const holder = await portHolder(webPlaces, system, (processId) => processId === process.processId);
  const why =
    webPlaces.length === 0
      ? 'It has no web server (mode = none), and its control pipe did not answer'
      : `It does not answer on port ${port}, nor at its control pipe`;
  return {
    kind: 'silent',
    seen: `The agent runs as process ${process.processId}. ${why}.${holder === undefined ? '' : ` ${holder.says}.`}`,
    fix: `Look at [web] in ${configurationFile}: "mode", "bind to", "default port" and "allow connections from"; and at the agent's log.`,
  };
}

/** Root sees all that there is to see. */
function hidden(system: ReadableSystem): Unheard {
  const { userId } = system.processOwner();
  return {
    kind: 'unproven',
    seen:
      userId === 0
        ? 'Whether the agent runs cannot be seen: there is no process in /proc.'
        : `Whether the agent runs cannot be seen by user ${userId}: /proc does not show the processes of others.`,
    fix:
      userId === 0
        ? 'Mount it: mount -t proc proc /proc; then look again with kickstart status.'
        : 'Run kickstart as root, or as the user that runs the agent.',
  };
}
