import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed } from './allowed-reads.ts';

export type DistributionFamily = 'debian' | 'rhel' | 'suse' | 'arch' | 'alpine' | 'unknown';

export interface Distribution {
  /** os-release ID; "unknown" without one. */
  id: string;
  idLike: readonly string[];
  versionId?: string;
  codename?: string;
  /** For people: PRETTY_NAME, else NAME, else the id. */
  name: string;
  family: DistributionFamily;
}

/** The first os-release that is there and says something; /usr/lib is where it belongs, /etc where the machine's owner changes it. */
export async function readDistribution(system: ReadableSystem): Promise<Distribution> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = await readIfAllowed(path, system);
    if (text?.trim()) return toDistribution(parseOsRelease(text));
  }
  return toDistribution(new Map());
}

/** os-release(5) text → its values, unquoted. Parsed, never sourced: the file is data, and need not be friendly. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(/\r?\n/).filter(isAssignment).map(toPair));
}

function toDistribution(values: ReadonlyMap<string, string>): Distribution {
  const id = values.get('ID') || 'unknown';
  const idLike = (values.get('ID_LIKE') ?? '').split(/\s+/).filter((word) => word !== '');
  const versionId = values.get('VERSION_ID');
  const codename = values.get('VERSION_CODENAME');
  return {
    id,
    idLike,
    ...(versionId && { versionId }),
    ...(codename && { codename }),
    name: values.get('PRETTY_NAME') || values.get('NAME') || id,
    family: [id, ...idLike].map((name) => families.get(name)).find((family) => family !== undefined) ?? 'unknown',
  };
}

function isAssignment(line: string): boolean {
  return assignment.test(line);
}

// Control characters go: values are shown on terminals.
function toPair(line: string): [string, string] {
  const [, name = '', value = ''] = assignment.exec(line) ?? [];
  return [name, plainValue(value.trim()).replace(/\p{Cc}/gu, '')];
}

/**
 * What a shell would make of the value, without running anything: quotes end it, a comment and a further command are no part of it. Blanks
 * in a value without quotes stay, as systemd has it; so does a lone quote.
 */
function plainValue(value: string): string {
  const word = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s;"'\\])+/.exec(value)?.[0] ?? '';
  if (!/["'\\]/.test(word)) return value.replace(/(\s+#|;).*$/, '').trim();
  return word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
    double === undefined ? (single ?? escaped ?? '') : double.replace(/\\([\\"$`])/g, '$1'),
  );
}

const assignment = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/;

// IDs as the distributions write them. Source: spec/kickstart-behaviour.md 3.1, os-release files of each.
const families: ReadonlyMap<string, DistributionFamily> = new Map([
  ['debian', 'debian'],
  ['ubuntu', 'debian'],
  ['raspbian', 'debian'],
  ['devuan', 'debian'],
  ['linuxmint', 'debian'],
  ['rhel', 'rhel'],
  ['fedora', 'rhel'],
  ['centos', 'rhel'],
  ['rocky', 'rhel'],
  ['almalinux', 'rhel'],
  ['cloudlinux', 'rhel'],
  ['ol', 'rhel'],
  ['amzn', 'rhel'],
  ['suse', 'suse'],
  ['sles', 'suse'],
  ['opensuse', 'suse'],
  ['opensuse-leap', 'suse'],
  ['opensuse-tumbleweed', 'suse'],
  ['arch', 'arch'],
  ['manjaro', 'arch'],
  ['artix', 'arch'],
  ['obarun', 'arch'],
  ['alpine', 'alpine'],
]);
