import { agentLayout, installOptionFor, rootOfProgram } from '../../host/agent-layout.ts';
import { type ExistingInstall, type ForeignOrigin, otherAgents } from '../../host/existing-install.ts';
import { type LinkStatus, linkStatus } from '../../steps/link-status.ts';
import { printable, printableJson } from '../../system/printable.ts';
import { pasteable } from '../advice.ts';
import { type EarlierRun, earlierRun } from '../earlier-run.ts';
import { lookAtMachine } from '../look-at-machine.ts';
import type { CommandLine } from '../options.ts';
import { ownDirectory, rootOf, stateDirectoryOf } from '../standpoint.ts';
import { waitFor } from '../wait-for.ts';
import type { World } from '../world.ts';

/** Says what the agent, its claim and its link are, and changes nothing. Returns 0 when the node is claimed and online, else 6. */
export async function status(line: CommandLine, world: World): Promise<number> {
  const { system, output } = world;
  const json = line.given.has('json');
  const places = {
    root: rootOf(line, world),
    stateDirectory: stateDirectoryOf(line, world, system),
    workDirectory: ownDirectory('cache', world, system),
  };
  const earlier = await earlierRun(places.stateDirectory, system);
  const cutOff = earlier && { earlierRun: earlier };
  const facts = await lookAtMachine(places, { claims: true, json }, world);
  const { othersPlace: place } = facts;
  const notRun = place && { notRun: `root runs nothing of this agent, because others can change it: ${place.says}` };
  const agent = agentOf(facts.existingInstall, places.root);
  if (agent === undefined) {
    const { netdata } = agentLayout(places.root);
    const said = `No agent works at ${netdata}.\n${earlier === undefined ? '' : `${printable(earlier.says)}\n`}`;
    output.write(json ? jsonLine({ agent: { state: 'none' }, ...cutOff, exitStatus: NOT_ONLINE }) : said);
    return NOT_ONLINE;
  }
  const others = await otherAgents(agent.root, system);
  const found = await waitFor('Asking the agent, and what is on its way to the Cloud', linkStatus(agent, system), json, world);
  // A link of an earlier claim is none of this node's.
  const isOnline = found.claim.claimed && found.link.state === 'online' && found.firstFailing?.layer !== 'claimed';
  const exitStatus = isOnline ? 0 : NOT_ONLINE;
  output.write(
    json
      ? jsonLine({
          ...found,
          installedBy: agent.installedBy,
          ...(others.length > 0 && { others }),
          ...notRun,
          ...cutOff,
          exitStatus,
        })
      : pasteable(statusText(found, { ...agent, others, ...notRun, ...cutOff }, facts.privileges.userName), world),
  );
  return exitStatus;
}

const NOT_ONLINE = 6;

interface FoundAgent {
  /** Of the agent itself: one in another place counts when none is at the root that was asked for. */
  root: string;
  version?: string;
  installedBy: string;
  /** Why root runs nothing of it, as a sentence. */
  notRun?: string;
  /** Programs of other agents on this machine. */
  others?: readonly string[];
  earlierRun?: EarlierRun;
}

function agentOf(existing: ExistingInstall, root: string): FoundAgent | undefined {
  if (existing.kind === 'ours') return { root, ...(existing.version && { version: existing.version }), installedBy: 'kickstart' };
  if (existing.kind !== 'foreign') return undefined;
  const installedBy = `${installers[existing.how]}${existing.package === undefined ? '' : ` ${existing.package}`}`;
  return { root: rootOfProgram(existing.path), ...(existing.version && { version: existing.version }), installedBy };
}

const installers: Readonly<Record<ForeignOrigin, string>> = {
  'distribution-package': "the distribution's package",
  'netdata-package': "Netdata's package",
  static: "Netdata's static build",
  'kickstart-build': 'another kickstart, from sources',
  build: 'somebody else, from sources',
  container: 'the image of this container',
  unknown: 'somebody else',
};

function statusText(
  { agent, claim, proxy, link, notFollowed, firstFailing, unseen = [] }: LinkStatus,
  { installedBy, notRun, others = [], earlierRun: earlier }: FoundAgent,
  user: string,
): string {
  const version = agent.version === undefined ? '' : ` ${agent.version}`;
  const unread = `cannot be read by ${user}`;
  const runs = agent.state === 'unknown' ? `and whether it runs cannot be seen by ${user}` : agent.state;
  const id = claim.id === undefined ? '' : `, as ${claim.id}`;
  const claimed = claim.claimed === undefined ? unread : claim.claimed ? `yes${id} (${agent.generation})` : 'no';
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Agent', `Netdata${version} at ${agent.program}, installed by ${installedBy}, ${runs}`],
    ['Claimed', claimed],
    ['Cloud', claim.url ?? unread],
    ['Rooms', claim.rooms && (claim.rooms.join(', ') || 'none')],
    ['Proxy', proxy ?? unread],
    ['Link', `${link.state}${link.since === undefined ? '' : ` since ${link.since}`}`],
    ['The agent says', link.reason],
    ['Next attempt', link.nextAttempt],
    ['Not read', unseen.length === 0 ? undefined : `${unseen.join(', ')} (by ${user})`],
    ['Not run', notRun],
    ['Not followed', notFollowed],
    ...others.map((program) => ['Another agent', otherAgent(program)] as const),
    ['Earlier run', earlier?.says],
    ['First thing wrong', firstFailing?.seen],
    ['What to do', firstFailing?.fix],
    ['Code', firstFailing?.code],
  ];
  return rows
    .flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(nameWidth)}${printable(value)}\n`]))
    .join('');
}

function otherAgent(program: string): string {
  const option = installOptionFor(rootOfProgram(program));
  return option === undefined ? program : `${program}; see kickstart status${option}`;
}

const nameWidth = 19;

function jsonLine(value: object): string {
  return `${printableJson(value)}\n`;
}
