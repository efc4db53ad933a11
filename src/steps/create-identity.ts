import { machineGuid, writeMachineGuid } from '../cloud/machine-guid.ts';
import { KickstartError } from '../errors.ts';
import { ownerFor } from '../host/accounts.ts';
import { type AgentSettings, agentSettings } from '../host/agent-configuration.ts';
import type { StepDefinition } from './definition.ts';
import { pathTaken } from './path-taken.ts';

export interface CreateIdentityStep {
  kind: 'create-identity';
  root: string;
}

export interface CreateIdentityUndo {
  /** Files that were not there before. */
  created: readonly string[];
  /** cloud.d, when it was not there before. */
  directory?: string;
}

/**
 * Gives the node what it is known by: machine GUID and RSA key pair. A step of its own, before the claim: when the answer to a claim is lost,
 * only the same key can be claimed again. What is there is used as it is.
 * Throws CLAIM_MACHINE_GUID, CLAIM_PUBLIC_KEY_INVALID for half a pair, HOST_PATH_TAKEN. Source: spec/claiming-and-link.md 2.6, 2.7, 3.2.
 */
export const createIdentity: StepDefinition<CreateIdentityStep, CreateIdentityUndo> = {
  describe: () => 'Create the machine GUID and the key pair of this node, where they are missing',

  async inspect({ root }, system) {
    const settings = await agentSettings(root, system);
    const present = await Promise.all(identityFiles(settings).map(async (path) => [path, await system.stat(path)] as const));
    const guid = machineGuid(await system.readFile(settings.registryFile));
    const created = present.filter(
      ([path, facts]) => facts === undefined || (path === settings.registryFile && guid === undefined),
    );
    if (created.length === 0) return undefined;
    refuseHalfPair(settings, new Set(created.map(([path]) => path)));
    const directory = await system.stat(settings.cloudDirectory);
    if (directory !== undefined && directory.kind !== 'directory') throw pathTaken(settings.cloudDirectory, 'a directory');
    return { created: created.map(([path]) => path), ...(directory === undefined ? { directory: settings.cloudDirectory } : {}) };
  },

  async run({ root }, { system }) {
    const settings = await agentSettings(root, system);
    const owner = await ownerFor(settings.runAsUser, system);
    if (machineGuid(await system.readFile(settings.registryFile)) === undefined) {
      await writeMachineGuid(settings.registryFile, owner, system);
    }
    await system.createDirectory(settings.cloudDirectory, { mode: 0o770, owner });
    const { privateKey, publicKey } = keyFiles(settings);
    if ((await system.stat(privateKey)) !== undefined && (await system.stat(publicKey)) !== undefined) return;
    const pair = await system.createKeyPair();
    await system.writeFile(privateKey, pair.privateKey, { mode: 0o600, owner });
    await system.writeFile(publicKey, pair.publicKey, { mode: 0o640, owner });
  },

  async undo({ created, directory }, { system }) {
    for (const path of created) await system.removeFile(path);
    if (directory !== undefined) await system.removeEmptyDirectory(directory);
  },
};

/** Where the two halves of the key are. */
export function keyFiles({ cloudDirectory }: AgentSettings) {
  return { privateKey: `${cloudDirectory}/private.pem`, publicKey: `${cloudDirectory}/public.pem` };
}

// The private half may be all that proves who this node is: it is never written over.
function refuseHalfPair(settings: AgentSettings, missing: ReadonlySet<string>): void {
  const { privateKey, publicKey } = keyFiles(settings);
  if (missing.has(privateKey) || !missing.has(publicKey)) return;
  throw new KickstartError('CLAIM_PUBLIC_KEY_INVALID', {
    what: `This node has a private key at ${privateKey}, and no public one.`,
    why: 'A new pair would destroy the key by which the Cloud may know this node.',
    next: `Make the public half from it: openssl pkey -in ${privateKey} -pubout -out ${publicKey}; then claim again.`,
  });
}

function identityFiles(settings: AgentSettings): readonly string[] {
  const { privateKey, publicKey } = keyFiles(settings);
  return [settings.registryFile, privateKey, publicKey];
}
