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

/** The text without this setting, as often as it is there. All other lines stay as they are, the section's name too. */
export function removeConfigurationValue(text: string, section: string, key: string): string {
  const lines = text.split('\n');
  const gone = new Set(placesOf(lines, section, key).settings);
  return lines.filter((_, index) => !gone.has(index)).join('\n');
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
