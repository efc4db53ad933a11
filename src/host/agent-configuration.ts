import type { ReadableSystem } from '../system/system.ts';
import { agentLayout } from './agent-layout.ts';
import { readIfAllowed, statIfAllowed } from './allowed-reads.ts';
import { userNameOf } from './privileges.ts';

/** Settings as the agent reads them: section → key → value. */
export type Configuration = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * netdata.conf or cloud.conf → its settings. Lines outside a section, without "=" or without a name say nothing; a value that starts
 * with "#" is empty; "#" later in a value belongs to it; the last of several wins. Source: agent libnetdata/config/appconfig.c.
 */
export function parseConfiguration(text: string): Configuration {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split('\n').map(readLine)) {
    if (line.kind === 'section') {
      section = sections.get(line.name) ?? new Map();
      sections.set(line.name, section);
    }
    if (line.kind === 'setting') section?.set(line.key, line.value);
  }
  return sections;
}

/**
 * The text with one setting changed or added. All other lines, comments and blanks stay as they are.
 * Throws a plain Error for a value that is not one line: what reaches this was parsed before.
 */
export function setConfigurationValue(text: string, section: string, key: string, value: string): string {
  if (/[\r\n]/.test(`${section}${key}${value}`)) throw new Error(`A setting is one line: [${section}] ${key}`);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  const places = placesOf(lines, section, key);
  // The last one is what the agent uses.
  const present = places.settings.at(-1);
  const indent = /^\s*/.exec(lines[present ?? places.sample ?? -1] ?? '    ')?.[0] ?? '';
  const setting = `${indent}${key} = ${value}`;
  if (present !== undefined) lines[present] = setting;
  else if (places.end !== undefined) lines.splice(places.end, 0, setting);
  else lines.push(...(lines.length > 0 ? [''] : []), `[${section}]`, setting);
  return lines.map((line) => `${line}${newline}`).join('');
}

interface Places {
  /** Lines that set the key. */
  settings: number[];
  /** A setting of the section, whose indentation is the file's custom. */
  sample?: number;
  /** Where a new setting of the section goes: after its last line that is not blank. */
  end?: number;
}

function placesOf(lines: readonly string[], section: string, key: string): Places {
  const places: Places = { settings: [] };
  let inside = false;
  for (const [index, text] of lines.entries()) {
    const line = readLine(text);
    if (line.kind === 'section') inside = line.name === section;
    if (!inside) continue;
    if (text.trim() !== '') places.end = index + 1;
    if (line.kind !== 'setting') continue;
    places.sample ??= index;
    if (line.key === key) places.settings.push(index);
  }
  return places;
}

type Line = { kind: 'section'; name: string } | { kind: 'setting'; key: string; value: string } | { kind: 'nothing' };

function readLine(text: string): Line {
  const line = text.trim();
  if (line.startsWith('#')) return { kind: 'nothing' };
  const name = /^\[(.*)\]$/.exec(line)?.[1];
  if (name !== undefined) return { kind: 'section', name };
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/.exec(line) ?? [];
  if (key.trim() === '') return { kind: 'nothing' };
  return { kind: 'setting', key: key.trim(), value: value.trim().startsWith('#') ? '' : value.trim() };
}

/** How one agent is set, from its own files; where they say nothing, the agent's defaults. */
export interface AgentSettings {
  runAsUser: string;
  /** Where its web server listens. */
  port: number;
  /** The machine GUID. */
  registryFile: string;
  cloudDirectory: string;
  cloudEnabled: boolean;
  cloudBaseUrl?: string;
}

/**
 * Reads netdata.conf and cloud.conf below `root`; also right for an agent that is not there yet.
 * Names of older agents are read too, the newer name first. Source: spec/claiming-and-link.md 3.1, 3.3 and 8.1, agent registry/registry_init.c.
 */
export async function agentSettings(root: string, system: ReadableSystem): Promise<AgentSettings> {
  const layout = agentLayout(root);
  const main = parseConfiguration((await readIfAllowed(layout.configurationFile, system)) ?? '');
  const libraryDirectory = first(main, ['directories', 'lib'], ['global', 'lib directory']) ?? layout.libraryDirectory;
  const cloudDirectory = `${libraryDirectory}/cloud.d`;
  const cloud = parseConfiguration((await readIfAllowed(`${cloudDirectory}/cloud.conf`, system)) ?? '');
  const registryDirectory =
    first(main, ['directories', 'registry'], ['registry', 'registry db directory']) ?? `${libraryDirectory}/registry`;
  const bindTo = first(main, ['web', 'bind to'], ['global', 'bind to']) ?? '*';
  const defaultPort = first(main, ['web', 'default port'], ['global', 'default port'], ['global', 'port']);
  const cloudBaseUrl = first(cloud, ['global', 'url'], ['global', 'cloud base url']);
  return {
    runAsUser: first(main, ['global', 'run as user']) ?? (await defaultUser(layout.netdata, system)),
    port: portOf(bindTo) ?? toPort(defaultPort) ?? 19999,
    registryFile: first(main, ['registry', 'netdata unique id file']) ?? `${registryDirectory}/netdata.public.unique.id`,
    cloudDirectory,
    cloudEnabled: isOn(first(cloud, ['global', 'enabled']) ?? 'yes'),
    ...(cloudBaseUrl !== undefined && { cloudBaseUrl }),
  };
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
