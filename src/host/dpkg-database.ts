import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed } from './allowed-reads.ts';

/**
 * What dpkg's own database says of these packages, one a line: name, state, version, as dpkg-query is asked to print them. Runs nothing.
 * undefined when only dpkg can tell: what it did last is not in the database yet, or there is none. Source: dpkg 1.21, lib/dpkg/dbmodify.c.
 */
export async function readDpkgDatabase(names: readonly string[], system: ReadableSystem): Promise<string | undefined> {
  // Looked at first: what goes from there into the database meanwhile is then read from it.
  const updates = await system.list(`${directory}/updates`);
  if (updates?.length !== 0) return undefined;
  const database = await readIfAllowed(`${directory}/status`, system);
  return database
    ?.split('\n\n')
    .filter((paragraph) => names.includes(field('Package', paragraph)))
    .map((paragraph) => `${field('Package', paragraph)} ${stateOf(paragraph)} ${field('Version', paragraph)}\n`)
    .join('');
}

// Lines that go on with a field begin with a blank, so a field is where its name begins a line.
function field(name: string, paragraph: string): string {
  return new RegExp(`^${name}: *(.*)$`, 'm').exec(paragraph)?.[1] ?? '';
}

// "install ok installed": what is wanted, whether it is broken, what it is.
function stateOf(paragraph: string): string {
  return field('Status', paragraph).split(' ')[2] ?? '';
}

const directory = '/var/lib/dpkg';
