import { posix } from 'node:path';
import { mayBeGuidFile } from '../cloud/machine-guid.ts';
import { KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';
import { readIfAllowed } from '../host/allowed-reads.ts';
import type { FileFacts, Owner, ReadableSystem, System } from '../system/system.ts';
import type { KeptFile } from './kept-files.ts';

/** What is there of a node's identity and claim, and how it is to be. */
interface Belonging {
  path: string;
  mode: number;
  /** The agent's own, whoever the files of the claim belong to; it may stay somebody else's as long as the agent can read it, or enter it. */
  isOnlyRead?: true;
}

type IdentitySettings = Pick<AgentSettings, 'claimDirectory' | 'registryFile' | 'runAsUser'>;

/**
 * What is there of identity and claim and belongs to somebody else than the agent's user, as it is now: made by hand, or restored as root. The agent
 * would be claimed and never online. `user`: whom it is to belong to instead. Only root can hand it over. Source: spec/claiming-and-link.md 2.3 step 18, 3.1.
 */
export async function belongingsOfOthers(
  settings: IdentitySettings,
  user: string | undefined,
  system: ReadableSystem,
): Promise<readonly KeptFile[]> {
  const owner = await ownerFor(user ?? settings.runAsUser, system);
  // An agent of root reads everything.
  if (system.processOwner().userId !== 0 || owner.userId === 0) return [];
  const isGuid = await mayBeGuidFile(settings.registryFile, system);
  const asked = belongings(settings).filter(
    ({ path, isOnlyRead }) => (user === undefined || !isOnlyRead) && (isGuid || path !== settings.registryFile),
  );
  const all = await Promise.all(asked.map(async (each) => ({ ...each, facts: await system.stat(each.path) })));
  return all.flatMap(({ path, isOnlyRead, facts }) => {
    if (facts === undefined || !canChangeHands(facts) || facts.userId === owner.userId) return [];
    if (isOnlyRead && canUse(facts, owner)) return [];
    return [{ path, mode: facts.mode, userId: facts.userId, groupId: facts.groupId }];
  });
}

/** Each with the mode that the agent's own has. */
export async function handOver(
  paths: readonly string[],
  settings: IdentitySettings,
  owner: Owner,
  system: System,
): Promise<void> {
  for (const { path, mode } of belongings(settings)) {
    if (!paths.includes(path)) continue;
    await system.setOwner(path, { ...owner, mode });
  }
}

/** What is still there, to whom it belonged. */
export async function handBack(files: readonly KeptFile[], system: System): Promise<void> {
  for (const { path, mode, userId, groupId } of files.toReversed()) {
    const facts = await system.stat(path);
    if (facts === undefined || !canChangeHands(facts)) continue;
    await system.setOwner(path, { userId, groupId, mode });
  }
}

/** For the agent's own user, who cannot be handed anything: throws CLAIM_KEY_UNREADABLE, because the agent could not read its key either. */
export async function refuseUnreadableKey({ claimDirectory, runAsUser }: AgentSettings, system: ReadableSystem): Promise<void> {
  const path = `${claimDirectory}/private.pem`;
  const facts = await system.stat(path);
  if (facts === undefined || system.processOwner().userId === 0 || (await readIfAllowed(path, system)) !== undefined) return;
  throw new KickstartError('CLAIM_KEY_UNREADABLE', {
    what: `The private key of this node, ${path}, cannot be read by the agent.`,
    why: `It belongs to the user with the number ${facts.userId}, and the agent runs as ${runAsUser}.`,
    next: `Run the same line as root, which hands the key over; or as root: chown ${runAsUser}: ${path}`,
  });
}

function belongings({ claimDirectory, registryFile }: IdentitySettings): readonly Belonging[] {
  return [
    { path: `${claimDirectory}/private.pem`, mode: 0o600 },
    ...['public.pem', 'cloud.conf', 'rooms', 'claimed_id'].map((name) => ({ path: `${claimDirectory}/${name}`, mode: 0o640 })),
    { path: registryFile, mode: 0o644, isOnlyRead: true },
    ...registryOf(registryFile).map((path) => ({ path, mode: 0o770, isOnlyRead: true }) as const),
    // Last to go and first to come back: whoever has the directory can put another file in the place of one.
    { path: claimDirectory, mode: 0o770 },
  ];
}

/** Where a configuration names a file elsewhere, its directory may be anybody's: /root, /etc. */
function registryOf(registryFile: string): readonly string[] {
  const directory = posix.dirname(registryFile);
  return posix.basename(directory) === 'registry' ? [directory] : [];
}

function canChangeHands({ kind }: FileFacts): boolean {
  return kind === 'file' || kind === 'directory';
}

/** A directory is used by entering it. */
function canUse({ kind, mode, groupId }: FileFacts, owner: Owner): boolean {
  const right = kind === 'directory' ? 0o1 : 0o4;
  return (mode & (groupId === owner.groupId ? right << 3 : right)) !== 0;
}
