import { lookAtMachine } from '../look-at-machine.ts';
import { type NodeStatus, nodeStatus } from '../node-status.ts';
import type { CommandLine } from '../options.ts';
import { printable } from '../printable.ts';
import { ownDirectory, rootOf, stateDirectoryOf } from '../standpoint.ts';
import { waitFor } from '../wait-for.ts';
import type { World } from '../world.ts';

/** Says what the agent, its claim and its link are. Returns 0 when the node is claimed and online, else 6. */
export async function status(line: CommandLine, world: World): Promise<number> {
  const { system, output } = world;
  const json = line.given.has('json');
  const places = {
    root: rootOf(line, world),
    stateDirectory: stateDirectoryOf(line, world, system),
    workDirectory: ownDirectory('cache', world, system),
  };
  const facts = await lookAtMachine(places, { claims: true, json }, world);
  const found = await waitFor('Asking the agent', nodeStatus(places.root, facts, system), json, world);
  const exitStatus = found.claim.state === 'claimed' && found.link === 'online' ? 0 : NOT_ONLINE;
  output.write(json ? `${JSON.stringify({ ...found, exitStatus })}\n` : statusText(found));
  return exitStatus;
}

const NOT_ONLINE = 6;

function statusText({ agent, generation, port, claim, link, proxy, failing }: NodeStatus): string {
  const version = agent.version === undefined ? '' : ` ${agent.version}`;
  const generationText = generation === undefined ? '' : `, claimed by ${generation}`;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [
      'Agent',
      agent.state === 'none' ? 'none' : `Netdata${version} at ${agent.path}, installed by ${agent.installedBy}${generationText}`,
    ],
    ['Runs', agent.state === 'running' ? `yes, and answers at http://127.0.0.1:${port}` : 'no'],
    ['Claimed', claim.state === 'claimed' ? `yes${claim.id === undefined ? '' : `, as ${claim.id}`}` : 'no'],
    ['Cloud', claim.url],
    ['Rooms', claim.rooms === undefined ? undefined : claim.rooms.join(', ') || 'none'],
    ['State in', claim.directory],
    ['Proxy', proxy],
    ['Link', link],
    ['First thing wrong', failing?.what],
    ['What to do', failing?.next],
  ];
  return rows
    .flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(nameWidth)}${printable(value)}\n`]))
    .join('');
}

const nameWidth = 19;
