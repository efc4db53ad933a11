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
    return machineGuid(await system.readFile(path, { links: 'administrators', maximumBytes: 4096 }));
  } catch (error) {
    throw new KickstartError('CLAIM_MACHINE_GUID', {
      what: `netdata.public.unique.id is not readable. Please make sure you have rights to read it (Filename: ${path}).`,
      why: error instanceof Error ? error.message : String(error),
      next: 'Run kickstart as root, or as the user that runs the agent.',
      cause: error,
    });
  }
}

/**
 * Whether this file has a machine GUID in it, or what is left of one, and not what any other file may have: a configuration may name every file. False
 * also for what is no regular file.
 */
export async function mayBeGuidFile(path: string, system: ReadableSystem): Promise<boolean> {
  const facts = await system.stat(path);
  if (facts?.kind !== 'file' || facts.sizeBytes > longestGuidFile) return false;
  return /^[\da-f-]{0,36}\s*$/i.test((await system.readFile(path, { links: 'refused' })) ?? '');
}

const longestGuidFile = 64;

/**
 * Writes a new machine GUID: 36 characters, no newline; its directory is made as the agent makes it. In a directory that is there and is not the
 * agent's, the file is ours, and the agent reads it: a configuration may name any place. Throws CLAIM_MACHINE_GUID with the sentence that users search for.
 */
export async function writeMachineGuid(path: string, owner: Owner, system: System): Promise<void> {
  try {
    await system.createDirectory(posix.dirname(path), { mode: 0o770, owner });
    const isAgents = (await system.stat(posix.dirname(path)))?.userId === owner.userId;
    await system.writeFile(path, system.randomUuid(), { mode: 0o644, owner: isAgents ? owner : system.processOwner() });
  } catch (error) {
    throw new KickstartError('CLAIM_MACHINE_GUID', {
      what: `Failed to write new machine GUID. Please make sure you have rights to write to ${path}.`,
      why: error instanceof Error ? error.message : String(error),
      next: 'Run kickstart as root, or as the user that runs the agent.',
      cause: error,
    });
  }
}
