import type { AgentSettings } from '../host/agent-configuration.ts';
import type { Owner, ReadableSystem, System } from '../system/system.ts';
import { keptAt } from './kept-files.ts';

type CloudDirectory = Pick<AgentSettings, 'cloudDirectory'>;

/**
 * trusted.pem of an administrator, when something is there: then the claim of an agent from 2.0 on trusts what is in it, and nothing else.
 * Source: spec/claiming-and-link.md 1.5.
 */
export async function trustedFileThere(settings: CloudDirectory, system: ReadableSystem): Promise<readonly string[]> {
  const path = trustedFile(settings);
  return (await system.stat(path)) === undefined ? [] : [path];
}

interface Claimed {
  settings: CloudDirectory;
  /** The agent's user. */
  owner: Owner;
  /** Where trusted.pem was kept. */
  backupDirectory: string;
}

/** Puts the CA of a claim to where the agent looks. Returns trusted.pem where there was one: its certificates stay beside the new ones. */
export async function writeCertificates(
  { pem }: { pem: string },
  { settings, owner, backupDirectory }: Claimed,
  system: System,
): Promise<string | undefined> {
  const file = { mode: 0o640, owner };
  await system.createDirectory(settings.cloudDirectory, { mode: 0o770, owner });
  await system.writeFile(`${settings.cloudDirectory}/cloud_fullchain.pem`, pem, file);
  const path = trustedFile(settings);
  // As it was kept, and not as the agent's user may have made it meanwhile: a link to a file that only root reads.
  const trusted = await system.readFile(keptAt(path, backupDirectory));
  if (trusted === undefined) return undefined;
  await system.writeFile(path, trusted.includes(pem.trim()) ? trusted : `${trusted.trimEnd()}\n${pem}`, file);
  return path;
}

function trustedFile({ cloudDirectory }: CloudDirectory): string {
  return `${cloudDirectory}/trusted.pem`;
}
