import { posix } from 'node:path';
import { publicKeyOf } from '../cloud/key-pair.ts';
import { mayBeGuidFile, readMachineGuid, writeMachineGuid } from '../cloud/machine-guid.ts';
import { KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import type { AgentGeneration } from '../host/agent-version.ts';
import { readItselfIfAllowed } from '../host/allowed-reads.ts';
import { Secret } from '../system/secret.ts';
import type { Owner, ReadableSystem, System } from '../system/system.ts';
import { agentKeyPair, keyFiles } from './agent-key-pair.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { belongingsOfOthers, handBack, handOver, refuseUnreadableKey } from './hand-over.ts';
import { bringBack, filesThere, type KeptFile, keepFiles } from './kept-files.ts';
import { isDirectory, pathTaken } from './path-taken.ts';

export interface CreateIdentityStep {
  kind: 'create-identity';
  root: string;
  generation: AgentGeneration;
  /** Whom it belongs to, instead of the user that the agent runs as. */
  user?: string;
  /** Where a GUID or a key that is replaced is kept, for the undo. */
  backupDirectory: string;
  /** Where kickstart unclaim has kept the key pair of the node: used again where there is no pair. */
  keptIn?: string;
}

export interface CreateIdentityUndo {
  /** Files that were not there before. */
  created: readonly string[];
  /** Files that were there, and are replaced. */
  replaced?: { files: readonly KeptFile[]; backupDirectory: string };
  /** What belonged to somebody else than the agent's user, as it was. */
  handedOver?: readonly KeptFile[];
  /** Directories that were not there before. */
  directories?: readonly string[];
  /** cloud.d, when it was not there before: receipts of 0.1 have it here. */
  directory?: string;
}

/**
 * Gives the node what it is known by: machine GUID and RSA key pair. A step of its own, before the claim: when the answer to a claim is lost,
 * only the same key can be claimed again. What is there and good is used as it is, and handed over where the agent's user does not own it; a private
 * key without its public half gets that half; a damaged half is set aside, because a node that is claimed with it never connects.
 * Throws CLAIM_MACHINE_GUID, CLAIM_KEY_UNREADABLE, HOST_PATH_TAKEN. Source: spec/claiming-and-link.md 2.6, 2.7, 3.2.
 */
export const createIdentity: StepDefinition<CreateIdentityStep, CreateIdentityUndo> = {
  describe: () => 'Create the machine GUID and the key pair of this node, where they are missing or damaged',

  async inspect({ root, generation, user, backupDirectory }, system) {
    const settings = await agentSettings(root, system, generation);
    await refuseUnreadableKey(settings, system);
    await refuseOtherContent(settings, await ownerFor(user ?? settings.runAsUser, system), system);
    const missing = await missingFiles(settings, system);
    const handedOver = await toHandOver(settings, user, missing, system);
    if (missing.length === 0 && handedOver.length === 0) return undefined;
    // A link among them is not followed.
    await filesThere(Object.values(keyFiles(settings)), system);
    const directories = await missingDirectories(settings, system);
    const files = await filesThere(missing, system);
    const there = new Set(files.map(({ path }) => path));
    return {
      created: missing.filter((path) => !there.has(path)),
      ...(files.length === 0 ? {} : { replaced: { files, backupDirectory } }),
      ...(handedOver.length === 0 ? {} : { handedOver }),
      ...(directories.length === 0 ? {} : { directories }),
    };
  },

  async run({ root, generation, user, backupDirectory, keptIn }, { system, prove }) {
    const settings = await agentSettings(root, system, generation);
    const owner = await ownerFor(user ?? settings.runAsUser, system);
    await refuseOtherContent(settings, owner, system);
    const missing = await missingFiles(settings, system);
    const paths = (await toHandOver(settings, user, missing, system)).map(({ path }) => path);
    await handOver(paths, settings, owner, system);
    for (const path of paths) prove(`${path} belongs to ${user ?? settings.runAsUser} now`);
    const keys = await agentKeyPair(settings, system);
    await keepFiles(await filesThere(missing, system), backupDirectory, system);
    if ('why' in keys) prove(`${keys.why} It is kept in ${backupDirectory}, and replaced.`);
    if ((await readMachineGuid(settings.registryFile, system)) === undefined)
      await writeMachineGuid(settings.registryFile, owner, system);
    await system.createDirectory(settings.claimDirectory, { mode: 0o770, owner });
    if (keys.state === 'good' || keys.state === 'unseen') return;
    const pair = await pairOf(keys.state === 'halved' ? settings.claimDirectory : keptIn, { system, prove });
    if (keys.state !== 'halved') await system.writeFile(keyFiles(settings).privateKey, pair.privateKey, { mode: 0o600, owner });
    await system.writeFile(keyFiles(settings).publicKey, pair.publicKey, { mode: 0o640, owner });
  },

  async undo({ created, replaced, handedOver = [], directories, directory }, { system }) {
    for (const path of created) await system.removeFile(path);
    if (replaced !== undefined) {
      await bringBack(replaced.files, replaced.backupDirectory, system);
      await system.removeTree(replaced.backupDirectory);
    }
    for (const path of directories ?? []) await system.removeEmptyDirectory(path);
    if (directory !== undefined) await system.removeEmptyDirectory(directory);
    await handBack(handedOver, system);
  },
};

/** A configuration may name any file for the machine GUID. One that is not the agent's, and has something else in it, is not written over. */
async function refuseOtherContent({ registryFile: path }: AgentSettings, owner: Owner, system: ReadableSystem): Promise<void> {
  const facts = await system.stat(path);
  if (facts?.kind !== 'file' || facts.userId === owner.userId || (await mayBeGuidFile(path, system))) return;
  throw new KickstartError('CLAIM_MACHINE_GUID', {
    what: `${path} is where the machine GUID of this agent is to be, and it has something else in it.`,
    why: 'It does not belong to the agent, so kickstart does not write over it.',
    next: 'Look at "netdata unique id file" and [directories] in netdata.conf: they must name a place of the agent.',
  });
}

/** What the step writes: a public key without its private half is of no use, and is written again with it. */
async function missingFiles(settings: AgentSettings, system: ReadableSystem): Promise<readonly string[]> {
  const { privateKey, publicKey } = keyFiles(settings);
  const [guid, keys] = await Promise.all([readMachineGuid(settings.registryFile, system), agentKeyPair(settings, system)]);
  const halves = { good: [], unseen: [], halved: [publicKey], none: [privateKey, publicKey], lost: [privateKey, publicKey] };
  return [...(guid === undefined ? [settings.registryFile] : []), ...halves[keys.state]];
}

/** The pair of the private key in this directory; a new one where there is none. */
async function pairOf(directory: string | undefined, { system, prove }: Pick<StepContext, 'system' | 'prove'>): Promise<KeyPair> {
  if (directory === undefined) return system.createKeyPair();
  const privateKey = (await readItselfIfAllowed(`${directory}/private.pem`, system)) ?? '';
  const publicKey = publicKeyOf(privateKey);
  if (publicKey === undefined) return system.createKeyPair();
  prove(`The node keeps its key pair: the private half is in ${directory}`);
  return { privateKey: new Secret(privateKey), publicKey };
}

type KeyPair = Awaited<ReturnType<System['createKeyPair']>>;

/** What is written anew belongs to the agent's user anyway. */
async function toHandOver(settings: AgentSettings, user: string | undefined, missing: readonly string[], system: ReadableSystem) {
  return (await belongingsOfOthers(settings, user, system)).filter(({ path }) => !missing.includes(path));
}

async function missingDirectories(settings: AgentSettings, system: ReadableSystem): Promise<readonly string[]> {
  const { claimDirectory, registryFile } = settings;
  const directory = await system.stat(claimDirectory);
  if (directory !== undefined && directory.kind !== 'directory') throw pathTaken(claimDirectory, 'a directory');
  const registryDirectory = posix.dirname(registryFile);
  return [
    ...((await isDirectory(registryDirectory, system)) ? [] : [registryDirectory]),
    ...(directory === undefined ? [claimDirectory] : []),
  ];
}
