import { readItselfIfAllowed } from '../host/allowed-reads.ts';
import type { ClaimOptions } from '../plan/install-options.ts';
import { claimIdFile } from '../plan/keep-claim-id.ts';
import type { ReadableSystem } from '../system/system.ts';

/** What --new-id means for this run: the id that a run which was killed has left, because the Cloud may know it already; else a random one. */
export async function newClaimId(
  { newId }: Pick<ClaimOptions, 'newId'>,
  stateDirectory: string,
  system: ReadableSystem,
): Promise<string | undefined> {
  if (!newId) return undefined;
  const left = (await readItselfIfAllowed(claimIdFile(stateDirectory), system))?.trim();
  return left !== undefined && UUID.test(left) ? left : system.randomUuid();
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
