import type { ReadableSystem } from '../system/system.ts';
import { generationOf } from './agent-generation.ts';
import { type AgentLayout, agentLayout } from './agent-layout.ts';
import type { AgentGeneration } from './agent-version.ts';
import { readAgentFile, statIfAllowed } from './allowed-reads.ts';
import { changedByOthers, type OthersPlace } from './changed-by-others.ts';
import { type Configuration, parseConfiguration } from './configuration-text.ts';
import { userNameOf } from './privileges.ts';
import { toPort, type WebPlace, webPlaces } from './web-places.ts';

/** How one agent is set, from its own files; where they say nothing, the agent's defaults. */
export interface AgentSettings {
  generation: AgentGeneration;
  runAsUser: string;
  /** Where its web server listens; the port of the first place, for people. */
  port: number;
  /** Empty with `mode = none`. */
  webPlaces: readonly WebPlace[];
  /** The machine GUID. */
  registryFile: string;
  /** netdata.conf */
  configurationFile: string;
  logDirectory: string;
  /** cloud.d, also of agents that have no use for it. */
  cloudDirectory: string;
  /** Where claimed_id and the keys are: cloud.d, or claim.d. */
  claimDirectory: string;
  /** claim.conf, for agents that claim themselves. */
  claimConfigurationFile?: string;
  cloudEnabled: boolean;
  cloudBaseUrl?: string;
  /** What its link goes through, as it is written: none, env, or a URL that may have a password in it. */
  proxy?: string;
  /** Why root does not follow the paths and the user in netdata.conf, as a sentence. */
  notFollowed?: string;
}

/**
 * Reads netdata.conf and cloud.conf below `root`; also right for an agent that is not there yet, when its generation is given: else what is
 * on the disk tells. Names of older agents are read too, the newer name first. For root a path or a user's name counts only where root alone can
 * write it: else whoever can would have root write where they like, or give its files to whom they like. Then the agent's own tree and user are meant.
 * Source: spec/claiming-and-link.md 3.1, 3.3 and 8.1, agent registry/registry_init.c.
 */
export async function agentSettings(root: string, system: ReadableSystem, known?: AgentGeneration): Promise<AgentSettings> {
  const layout = agentLayout(root);
  const generation = known ?? (await generationOf(root, undefined, system));
  const place = await changedByOthers(layout.configurationFile, system);
  const main = parseConfiguration((await readAgentFile(layout.configurationFile, system)) ?? '');
  const orders = place === undefined ? main : withoutOrders(main);
  const configurationDirectory =
    pathIn(orders, ['directories', 'config'], ['global', 'config directory']) ?? layout.configurationDirectory;
  const libraryDirectory = pathIn(orders, ['directories', 'lib'], ['global', 'lib directory']) ?? layout.libraryDirectory;
  const cloudDirectory = `${libraryDirectory}/cloud.d`;
  const cloud = parseConfiguration((await readAgentFile(`${cloudDirectory}/cloud.conf`, system)) ?? '');
  const registryDirectory =
    pathIn(orders, ['directories', 'registry'], ['registry', 'registry db directory']) ?? `${libraryDirectory}/registry`;
  const bindTo = first(main, ['web', 'bind to'], ['global', 'bind to']) ?? '*';
  const defaultPort = toPort(first(main, ['web', 'default port'], ['global', 'default port'], ['global', 'port'])) ?? 19999;
  const places = first(main, ['web', 'mode']) === 'none' ? [] : webPlaces(bindTo, defaultPort);
  const { enabled, url } = cloudSwitch(generation, main, cloud);
  // Where both have one, netdata.conf wins.
  const proxy = first(main, ['cloud', 'proxy']) ?? first(cloud, ['global', 'proxy']);
  return {
    generation,
    runAsUser: first(orders, ['global', 'run as user']) ?? (await defaultUser(layout.netdata, system)),
    port: places.flatMap((place) => (place.kind === 'tcp' ? place.port : []))[0] ?? defaultPort,
    webPlaces: places,
    registryFile: pathIn(orders, ['registry', 'netdata unique id file']) ?? `${registryDirectory}/netdata.public.unique.id`,
    configurationFile: layout.configurationFile,
    logDirectory: pathIn(orders, ['directories', 'log'], ['global', 'log directory']) ?? layout.logDirectory,
    cloudDirectory,
    claimDirectory: generation === 'claim.d' ? `${configurationDirectory}/claim.d` : cloudDirectory,
    ...(generation === 'claim.conf' ? { claimConfigurationFile: `${configurationDirectory}/claim.conf` } : {}),
    cloudEnabled: enabled,
    ...(url === undefined ? {} : { cloudBaseUrl: url }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(place === undefined || !hasOrders(main) ? {} : { notFollowed: notFollowed(layout, place) }),
  };
}

/** Sections → settings that say where the agent has its files and whose it is. In [directories] every one does. */
const orderSettings: Readonly<Record<string, readonly string[]>> = {
  global: ['run as user', 'config directory', 'lib directory', 'cache directory', 'log directory'],
  registry: ['registry db directory', 'netdata unique id file'],
};

function isOrder(section: string, key: string): boolean {
  return section === 'directories' || (orderSettings[section]?.includes(key) ?? false);
}

function hasOrders(main: Configuration): boolean {
  return [...main].some(([section, settings]) => [...settings].some(([key, value]) => isOrder(section, key) && value !== ''));
}

function withoutOrders(main: Configuration): Configuration {
  return new Map(
    [...main].map(([section, settings]) => [section, new Map([...settings].filter(([key]) => !isOrder(section, key)))]),
  );
}

function notFollowed({ configurationFile }: AgentLayout, { says }: OthersPlace): string {
  return `The paths and the user in ${configurationFile} are not followed, because others than root can write there: ${says} The agent's own directories and user are used.`;
}

/** Up to 1.21 the Cloud has to be switched on; from 2.0 on it cannot be switched off. */
function cloudSwitch(generation: AgentGeneration, main: Configuration, cloud: Configuration) {
  if (generation === 'claim.d') {
    const enabled = (first(main, ['global', 'netdata cloud']) ?? '').toLowerCase() === 'enable';
    return { enabled, url: first(main, ['cloud', 'cloud base url']) };
  }
  const url = first(cloud, ['global', 'url'], ['global', 'cloud base url']);
  return { enabled: generation === 'claim.conf' || isOn(first(cloud, ['global', 'enabled']) ?? 'yes'), url };
}

/** The first of these settings that says something, when that is a path from `/`. */
function pathIn(configuration: Configuration, ...settings: (readonly [section: string, key: string])[]): string | undefined {
  const path = first(configuration, ...settings);
  return path?.startsWith('/') ? path : undefined;
}

// The first of these settings that says something.
function first(configuration: Configuration, ...settings: (readonly [section: string, key: string])[]): string | undefined {
  return settings.map(([section, key]) => configuration.get(section)?.get(key)).find((value) => value);
}

// root's agent becomes the user it was built for; anybody else's stays who starts it: the owner of the program, else this user.
async function defaultUser(program: string, system: ReadableSystem): Promise<string> {
  const { userId } = (await statIfAllowed(program, system)) ?? system.processOwner();
  return userId === 0 ? 'netdata' : userNameOf(userId, system);
}

// The words the agent takes for yes; all else is no. Source: agent libnetdata/config/appconfig.c.
function isOn(value: string): boolean {
  return ['yes', 'true', 'on', 'auto', 'on demand'].includes(value.toLowerCase());
}
