import { agentLayout } from '../../host/agent-layout.ts';
import type { ExistingInstall } from '../../host/existing-install.ts';
import { type LinkStatus, linkStatus } from '../../steps/link-status.ts';
import { printable, printableJson } from '../../system/printable.ts';
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
  const found = await waitFor('Asking the agent, and what is on its way to the Cloud', linkStatus(agent, system), json, world);
  // A link of an earlier claim is none of this node's.
  const isOnline = found.claim.claimed && found.link.state === 'online' && found.firstFailing?.layer !== 'claimed';
  const exitStatus = isOnline ? 0 : NOT_ONLINE;
  output.write(
    json
      ? jsonLine({ ...found, installedBy: agent.installedBy, ...notRun, ...cutOff, exitStatus })
      : statusText(found, { ...agent, ...notRun, ...cutOff }),
  );
  return exitStatus;
}

const NOT_ONLINE = 6;

interface FoundAgent {
  /** Of the agent itself: one in another place counts when none is at the root that was asked for. */
  root: string;
  version?: string;
  installedBy: 'kickstart' | 'somebody else';
  /** Why root runs nothing of it, as a sentence. */
  notRun?: string;
  earlierRun?: EarlierRun;
}

function agentOf(existing: ExistingInstall, root: string): FoundAgent | undefined {
  if (existing.kind === 'ours') return { root, ...(existing.version && { version: existing.version }), installedBy: 'kickstart' };
  if (existing.kind !== 'foreign') return undefined;
  const [, own = root] = /^(.*)\/usr\/sbin\/netdata$/.exec(existing.path) ?? [];
  return { root: own, ...(existing.version && { version: existing.version }), installedBy: 'somebody else' };
}

function statusText(
  { agent, claim, proxy, link, notFollowed, firstFailing }: LinkStatus,
  { root, installedBy, notRun, earlierRun: earlier }: FoundAgent,
): string {
  const version = agent.version === undefined ? '' : ` ${agent.version}`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Agent', `Netdata${version} at ${agentLayout(root).netdata}, installed by ${installedBy}, ${agent.state}`],
    ['Claimed', claim.claimed ? `yes${claim.id === undefined ? '' : `, as ${claim.id}`} (${agent.generation})` : 'no'],
    ['Cloud', claim.url],
    ['Rooms', claim.rooms && (claim.rooms.join(', ') || 'none')],
    ['Proxy', proxy],
    ['Link', `${link.state}${link.since === undefined ? '' : ` since ${link.since}`}`],
    ['The agent says', link.reason],
    ['Next attempt', link.nextAttempt],
    ['Not run', notRun],
    ['Not followed', notFollowed],
    ['Earlier run', earlier?.says],
    ['First thing wrong', firstFailing?.seen],
    ['What to do', firstFailing?.fix],
    ['Code', firstFailing?.code],
  ];
  return rows
    .flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(nameWidth)}${printable(value)}\n`]))
    .join('');
}

const nameWidth = 19;

function jsonLine(value: object): string {
  return `${printableJson(value)}\n`;
}
