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
 * The text with one setting changed or added. All other lines, comments and blanks stay as they are, with their own line ends.
 * Throws a plain Error for a value that is not one line: what reaches this was parsed before.
 */
export function setConfigurationValue(text: string, section: string, key: string, value: string): string {
  if (/[\r\n]/.test(`${section}${key}${value}`)) throw new Error(`A setting is one line: [${section}] ${key}`);
  const lines = linesOf(text);
  const places = placesOf(lines, section, key);
  // The last one is what the agent uses.
  const present = places.settings.at(-1);
  const indent = /^[ \t]*/.exec(lines[present ?? places.sample ?? -1] ?? '    ')?.[0] ?? '';
  const setting = `${indent}${key} = ${value}`;
  if (present !== undefined) lines[present] = `${setting}${endOf(lines[present] ?? '')}`;
  else if (places.end !== undefined) addLines(lines, places.end, [setting]);
  else addLines(lines, lines.length, [...(lines.length > 0 ? [''] : []), `[${section}]`, setting]);
  return lines.join('');
}

/** The text without this setting, as often as it is there. All other lines stay as they are, the section's name too. */
export function removeConfigurationValue(text: string, section: string, key: string): string {
  const lines = linesOf(text);
  const gone = new Set(placesOf(lines, section, key).settings);
  return lines.filter((_, index) => !gone.has(index)).join('');
}

/** With their ends; the last line may have none. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function endOf(line: string): string {
  return /\r?\n$/.exec(line)?.[0] ?? '';
}

/** Each ends as the line above it, or as the first of the file where that is the last and has no end. */
function addLines(lines: string[], index: number, added: readonly string[]): void {
  const above = lines[index - 1];
  const end = endOf(above ?? '') || endOf(lines[0] ?? '') || '\n';
  if (above !== undefined && endOf(above) === '') lines[index - 1] = `${above}${end}`;
  lines.splice(index, 0, ...added.map((line) => `${line}${end}`));
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
    if (trimmed(text) !== '') places.end = index + 1;
    if (line.kind !== 'setting') continue;
    places.sample ??= index;
    if (line.key === key) places.settings.push(index);
  }
  return places;
}

type Line = { kind: 'section'; name: string } | { kind: 'setting'; key: string; value: string } | { kind: 'nothing' };

function readLine(text: string): Line {
  const line = trimmed(text);
  if (line.startsWith('#')) return { kind: 'nothing' };
  const name = /^\[(.*)\]$/s.exec(line)?.[1];
  if (name !== undefined) return { kind: 'section', name };
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(line) ?? [];
  if (trimmed(key) === '') return { kind: 'nothing' };
  return { kind: 'setting', key: trimmed(key), value: trimmed(value).startsWith('#') ? '' : trimmed(value) };
}

/** Without blanks around it: those of ASCII, as the agent's isspace() knows them, so that no byte of another encoding is one. */
function trimmed(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}
