import { posix } from 'node:path';
import { readIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';

/** How another install of kickstart would take back the account that both use. */
export interface SharedAccount {
  user: string;
  home: string;
  groupCreated: boolean;
  /** The receipt of the other install. */
  receipt: string;
}

/**
 * Installs that live side by side have their state directories side by side, and one user. The first install creates it; the last one to go
 * takes it away. Returns the other install that has the user in its receipt, if there is one.
 */
export async function sharedAccount(
  user: string,
  stateDirectory: string,
  system: ReadableSystem,
): Promise<SharedAccount | undefined> {
  const above = posix.dirname(stateDirectory);
  for (const name of (await system.list(above)) ?? []) {
    const receipt = `${above}/${name}/receipt.jsonl`;
    if (`${above}/${name}` === stateDirectory) continue;
    const found = ((await readIfAllowed(receipt, system)) ?? '').split('\n').map(undoOf);
    const [undo] = found.filter((candidate) => candidate?.user === user);
    if (undo !== undefined) return { ...undo, receipt };
  }
  return undefined;
}

// Not by the engine, which reads its own receipt: of this one nothing but a line is of interest, and damage elsewhere in it is its owner's.
function undoOf(line: string): Omit<SharedAccount, 'receipt'> | undefined {
  if (!line.includes('"create-account"')) return undefined;
  try {
    const { kind, undo } = JSON.parse(line);
    if (kind !== 'create-account' || typeof undo?.user !== 'string' || typeof undo.home !== 'string') return undefined;
    return { user: undo.user, home: undo.home, groupCreated: undo.groupCreated === true };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
