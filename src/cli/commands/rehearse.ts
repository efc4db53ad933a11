import { KickstartError } from '../../errors.ts';
import { rootForPrefix } from '../../host/agent-layout.ts';
import { type InstallOptions, plainClaim } from '../../plan/install-options.ts';
import { cloudDirectory, planRehearsal, type Rehearsal } from '../../plan/plan-rehearsal.ts';
import { type AgentSources, standinAgentTag as tag } from '../../standin/release-files.ts';
import { startReleaseMirror } from '../../standin/release-mirror.ts';
import { Secret, secretJson } from '../../system/secret.ts';
import { absolutePath } from '../absolute-path.ts';
import { buildJobs, wholeSeconds } from '../install-options.ts';
import { nodeSeenByCloud } from '../node-seen-by-cloud.ts';
import type { CommandLine } from '../options.ts';
import { newRunId, runPlan } from '../run-plan.ts';
import { ownDirectory } from '../standpoint.ts';
import type { World } from '../world.ts';
import { runInstall } from './install.ts';
import { removeAll } from './uninstall.ts';

/**
 * The whole job for real, on this machine: a local Cloud and release mirror, real libraries, a stand-in agent, its claim and its link;
 * and then all of it away again. Returns the exit status.
 */
export async function rehearse(line: CommandLine, world: World): Promise<number> {
  const mirror = await startReleaseMirror({
    host: '127.0.0.1',
    port: 0,
    releases: [{ tag, ...(await standinSources(world)) }],
    latest: tag,
  });
  try {
    return await rehearseWith(`${mirror.url}/releases`, line, world);
  } finally {
    await mirror.close();
  }
}

async function rehearseWith(releaseUrl: string, line: CommandLine, world: World): Promise<number> {
  const { system, output } = world;
  const json = line.given.has('json');
  const say = (text: string) => (json ? undefined : output.write(`${text}\n`));
  const rehearsal = await newRehearsal(line, world);
  const { stateDirectory } = rehearsal;
  say(
    `kickstart rehearses the whole job in ${rehearsal.directory}, and takes all of it away again${line.given.has('keep') ? ' when you say so' : ''}.`,
  );
  for (const left of await earlierRehearsals(world))
    say(`An earlier rehearsal is still here. Remove it: ${removal(left, world)}`);
  const runId = newRunId(system);
  const prepared = await runPlan(planRehearsal(rehearsal), { stateDirectory, onFailure: 'undo', runId, json }, world);
  if (prepared !== 0) return prepared;
  const keep = line.given.has('keep');
  let status = 1;
  let removed = 0;
  try {
    const options = await rehearsalOptions(line, rehearsal, releaseUrl, world);
    ({ status } = await runInstall(options, { json, dryRun: false }, world));
    if (status === 0) say(await nodeSeenByCloud(cloudOf(rehearsal), system));
  } finally {
    if (keep) say(howToLook(rehearsal, world));
    else removed = await takeAway(stateDirectory, json, world, say);
  }
  return status === 0 ? removed : status;
}

/** Also after the user has stopped the rehearsal: the way back is a part of it. */
function takeAway(stateDirectory: string, json: boolean, world: World, say: (text: string) => void): Promise<number> {
  say('\nTaking the rehearsal away');
  return removeAll({ stateDirectory, json }, { ...world, signal: new AbortController().signal });
}

/** Rehearsals that were killed, or kept. */
async function earlierRehearsals(world: World): Promise<readonly string[]> {
  const directory = ownDirectory('state', world, world.system);
  const names = (await world.system.list(directory)) ?? [];
  return names.filter((name) => name.startsWith(namePrefix)).map((name) => `${directory}/${name}`);
}

function removal(stateDirectory: string, { commandName }: World): string {
  return `${commandName} uninstall --state-directory ${stateDirectory}`;
}

const namePrefix = 'kickstart-rehearsal-';

interface PlacedRehearsal extends Rehearsal {
  stateDirectory: string;
  token: Secret;
  rooms: readonly string[];
}

async function newRehearsal({ values }: CommandLine, world: World): Promise<PlacedRehearsal> {
  const { system, self } = world;
  const name = `${namePrefix}${system.randomUuid().slice(0, 8)}`;
  // In /var/tmp, because /tmp is often in memory, and a build is large.
  const directory = `${absolutePath(values['work-directory'] ?? '/var/tmp', world)}/${name}`;
  const token = new Secret(system.randomUuid());
  const rooms = [system.randomUuid(), system.randomUuid()];
  return {
    directory,
    root: rootForPrefix(directory),
    stateDirectory: `${ownDirectory('state', world, system)}/${name}`,
    agentPort: await system.freePort(),
    cloudPort: await system.freePort(),
    token,
    rooms,
    space: secretJson({ name: 'Rehearsal', token, rooms: rooms.map((id, index) => ({ id, name: `Room ${index + 1}` })) }),
    self,
  };
}

async function rehearsalOptions(
  line: CommandLine,
  rehearsal: PlacedRehearsal,
  releaseUrl: string,
  world: World,
): Promise<InstallOptions> {
  const { url, caFile } = cloudOf(rehearsal);
  const cacheDirectory = line.values['cache-directory'];
  return {
    root: rehearsal.root,
    releaseUrl,
    cloud: 'require',
    claim: {
      ...plainClaim,
      token: rehearsal.token,
      rooms: rehearsal.rooms,
      url,
      ca: { file: caFile, pem: (await world.system.readFile(caFile)) ?? '' },
    },
    claimOnly: false,
    stateDirectory: rehearsal.stateDirectory,
    cacheDirectory: cacheDirectory === undefined ? `${rehearsal.directory}/cache` : absolutePath(cacheDirectory, world),
    keepCache: cacheDirectory !== undefined,
    workDirectory: `${rehearsal.directory}/work`,
    useSystemLibraries: false,
    ...buildJobs(line),
    onFailure: line.given.has('keep-on-failure') ? 'keep' : 'undo',
    waitSeconds: wholeSeconds(line),
    service: 'direct',
  };
}

function cloudOf({ directory, cloudPort }: Rehearsal) {
  const data = cloudDirectory(directory);
  return { url: `https://127.0.0.1:${cloudPort}`, caFile: `${data}/ca.pem`, adminTokenFile: `${data}/admin-token` };
}

function howToLook({ root, agentPort, stateDirectory, ...rehearsal }: PlacedRehearsal, world: World): string {
  const { url, caFile, adminTokenFile } = cloudOf({ root, agentPort, ...rehearsal });
  return [
    '',
    'The rehearsal stays as it is. Look at it:',
    `  curl -s http://127.0.0.1:${agentPort}/api/v1/info`,
    `  ${root}/usr/sbin/netdatacli ping`,
    `  curl -s --cacert ${caFile} -H "Authorization: Bearer $(cat ${adminTokenFile})" ${url}/standin/v1/nodes`,
    'Remove it:',
    `  ${removal(stateDirectory, world)}`,
  ].join('\n');
}

async function standinSources({ standinAgent, system }: World): Promise<AgentSources> {
  if ('archive' in standinAgent) return standinAgent;
  for (const tree of standinAgent.directories) {
    if ((await system.stat(tree)) !== undefined) return { tree };
  }
  throw new KickstartError('RELEASE_INVALID', {
    what: "The stand-in agent's source tree is not here.",
    why: `It was looked for in ${standinAgent.directories.join(' and ')}.`,
    next: 'Rehearse with the bundle or from a checkout of kickstart: both bring it.',
  });
}
