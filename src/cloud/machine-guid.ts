import { posix } from 'node:path';
import { KickstartError } from '../errors.ts';
import type { Owner, ReadableSystem, System } from '../system/system.ts';

// Came with images that many machines were made from. Source: spec/claiming-and-link.md 2.6.
const banned: ReadonlySet<string> = new Set(['8a795b0c-2311-11e6-8563-000c295076a6', '4aed1458-1c3e-11e6-a53f-000c290fc8f5']);
const bannedEnding = '-0242ac110002';

/** The machine GUID in the text of its file, lower case; undefined when it is none, or one of the banned ones. */
export function machineGuid(text: string | undefined): string | undefined {
  const guid = text?.trim().toLowerCase();
  if (guid === undefined || !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(guid)) return undefined;
  return banned.has(guid) || guid.endsWith(bannedEnding) ? undefined : guid;
}

/** The machine GUID in this file; undefined when there is none that can be used. Throws CLAIM_MACHINE_GUID when it may not be read. */
export async function readMachineGuid(path: string, system: ReadableSystem): Promise<string | undefined> {
  try {
    return machineGuid(await system.readFile(path));
  } catch (error) {
    throw new KickstartError('CLAIM_MACHINE_GUID', {
      what: `netdata.public.unique.id is not readable. Please make sure you have rights to read it (Filename: ${path}).`,
      why: error instanceof Error ? error.message : String(error),
      next: 'Run kickstart as root, or as the user that runs the agent.',
      cause: error,
    });
  }
}

/** Writes a new machine GUID: 36 characters, no newline; its directory is made as the agent makes it. Throws CLAIM_MACHINE_GUID with the sentence that users search for. */
export async function writeMachineGuid(path: string, owner: Owner, system: System): Promise<void> {
  try {
    await system.createDirectory(posix.dirname(path), { mode: 0o770, owner });
    await system.writeFile(path, system.randomUuid(), { mode: 0o644, owner });
  } catch (error) {
    throw new KickstartError('CLAIM_MACHINE_GUID', {
      what: `Failed to write new machine GUID. Please make sure you have rights to write to ${path}.`,
      why: error instanceof Error ? error.message : String(error),
      next: 'Run kickstart as root, or as the user that runs the agent.',
      cause: error,
    });
  }
}
