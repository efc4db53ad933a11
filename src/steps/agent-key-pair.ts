import { isPublicKeyOf, publicKeyOf } from '../cloud/key-pair.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';
import { readItselfIfAllowed, statIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';

/**
 * The key pair of a node, as its files are. `lost`: its private half is missing or no RSA key, so the Cloud cannot know the node by it any more.
 * `halved`: the private half is good, and the other one can be made from it. `unseen`: this user cannot tell.
 */
export type AgentKeyPair =
  | { state: 'none' | 'good' | 'unseen' }
  /** `why` is a sentence about a file that is there and damaged; absent where one is missing. */
  | { state: 'lost' | 'halved'; why?: string };

/** Agents look at the public half only, or not at all, before they ask the Cloud: a damaged pair claims a node that never connects. Source: netdata#9253, #9206. */
export async function agentKeyPair(
  settings: Pick<AgentSettings, 'claimDirectory'>,
  system: ReadableSystem,
): Promise<AgentKeyPair> {
  const { privateKey: privatePath, publicKey: publicPath } = keyFiles(settings);
  const [privateKey, publicKey] = await Promise.all([readKey(privatePath, system), readKey(publicPath, system)]);
  if (privateKey === 'unseen' || publicKey === 'unseen') return { state: 'unseen' };
  if (privateKey === undefined) return { state: publicKey === undefined ? 'none' : 'lost' };
  if (publicKeyOf(privateKey) === undefined)
    return { state: 'lost', why: `${privatePath} is damaged: it holds no RSA private key.` };
  if (publicKey === undefined) return { state: 'halved' };
  return isPublicKeyOf(publicKey, privateKey)
    ? { state: 'good' }
    : { state: 'halved', why: `${publicPath} is damaged: it is not the public half of ${privatePath}.` };
}

/** Where the two halves of the key are. */
export function keyFiles({ claimDirectory }: Pick<AgentSettings, 'claimDirectory'>) {
  return { privateKey: `${claimDirectory}/private.pem`, publicKey: `${claimDirectory}/public.pem` };
}

/** undefined: not there. What is no file is told by whoever wants to write it. */
async function readKey(path: string, system: ReadableSystem): Promise<string | 'unseen' | undefined> {
  const facts = await statIfAllowed(path, system);
  if (facts === undefined) return undefined;
  if (facts.kind !== 'file') return 'unseen';
  if (facts.sizeBytes > LARGEST_KEY_BYTES) return '';
  return (await readItselfIfAllowed(path, system)) ?? 'unseen';
}

const LARGEST_KEY_BYTES = 65_536;
