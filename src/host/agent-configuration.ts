import type { ReadableSystem } from '../system/system.ts';
import { generationOf } from './agent-generation.ts';
import { agentLayout } from './agent-layout.ts';
import type { AgentGeneration } from './agent-version.ts';
import { readIfAllowed, statIfAllowed } from './allowed-reads.ts';
import { type Configuration, parseConfiguration } from './configuration-text.ts';
import { userNameOf } from './privileges.ts';

/** How one agent is set, from its own files; where they say nothing, the agent's defaults. */
export interface AgentSettings {
  generation: AgentGeneration;
  runAsUser: string;
  /** Where its web server listens. */
  port: number;
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
}

/**
 * Reads netdata.conf and cloud.conf below `root`; also right for an agent that is not there yet, when its generation is given: else what is
 * on the disk tells. Names of older agents are read too, the newer name first.
 * Source: spec/claiming-and-link.md 3.1, 3.3 and 8.1, agent registry/registry_init.c.
 */
export async function agentSettings(root: string, system: ReadableSystem, known?: AgentGeneration): Promise<AgentSettings> {
  const layout = agentLayout(root);
  const generation = known ?? (await generationOf(root, undefined, system));
  const main = parseConfiguration((await readIfAllowed(layout.configurationFile, system)) ?? '');
  const configurationDirectory =
    first(main, ['directories', 'config'], ['global', 'config directory']) ?? layout.configurationDirectory;
  const libraryDirectory = first(main, ['directories', 'lib'], ['global', 'lib directory']) ?? layout.libraryDirectory;
  const cloudDirectory = `${libraryDirectory}/cloud.d`;
  const cloud = parseConfiguration((await readIfAllowed(`${cloudDirectory}/cloud.conf`, system)) ?? '');
  const registryDirectory =
    first(main, ['directories', 'registry'], ['registry', 'registry db directory']) ?? `${libraryDirectory}/registry`;
  const bindTo = first(main, ['web', 'bind to'], ['global', 'bind to']) ?? '*';
  const defaultPort = first(main, ['web', 'default port'], ['global', 'default port'], ['global', 'port']);
  const { enabled, url } = cloudSwitch(generation, main, cloud);
  // Where both have one, netdata.conf wins.
  const proxy = first(main, ['cloud', 'proxy']) ?? first(cloud, ['global', 'proxy']);
  return {
    generation,
    runAsUser: first(main, ['global', 'run as user']) ?? (await defaultUser(layout.netdata, system)),
    port: portOf(bindTo) ?? toPort(defaultPort) ?? 19999,
    registryFile: first(main, ['registry', 'netdata unique id file']) ?? `${registryDirectory}/netdata.public.unique.id`,
    configurationFile: layout.configurationFile,
    logDirectory: first(main, ['directories', 'log'], ['global', 'log directory']) ?? layout.logDirectory,
    cloudDirectory,
    claimDirectory: generation === 'claim.d' ? `${configurationDirectory}/claim.d` : cloudDirectory,
    ...(generation === 'claim.conf' ? { claimConfigurationFile: `${configurationDirectory}/claim.conf` } : {}),
    cloudEnabled: enabled,
    ...(url === undefined ? {} : { cloudBaseUrl: url }),
    ...(proxy === undefined ? {} : { proxy }),
  };
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

// The first of these settings that says something.
function first(configuration: Configuration, ...settings: (readonly [section: string, key: string])[]): string | undefined {
  return settings.map(([section, key]) => configuration.get(section)?.get(key)).find((value) => value);
}

// root's agent becomes the user it was built for; anybody else's stays who starts it: the owner of the program, else this user.
async function defaultUser(program: string, system: ReadableSystem): Promise<string> {
  const { userId } = (await statIfAllowed(program, system)) ?? system.processOwner();
  return userId === 0 ? 'netdata' : userNameOf(userId, system);
}

// "unix:/run/x localhost:20000=dashboard^SSL=force [::1]:20001": the first TCP entry decides, and may name no port.
function portOf(bindTo: string): number | undefined {
  const entry = bindTo.split(/\s+/).find((text) => !/^(unix|udp):/.test(text)) ?? '';
  const address = entry.replace(/^tcp:/, '').replace(/[=^].*$/, '');
  return toPort(/^(?:\[[^\]]*\]|[^:]*):(\d+)$/.exec(address)?.[1]);
}

function toPort(text: string | undefined): number | undefined {
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

// The words the agent takes for yes; all else is no. Source: agent libnetdata/config/appconfig.c.
function isOn(value: string): boolean {
  return ['yes', 'true', 'on', 'auto', 'on demand'].includes(value.toLowerCase());
}
