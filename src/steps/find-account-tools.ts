import { KickstartError } from '../errors.ts';
import { type AccountTools, accountTools } from '../host/account-tools.ts';
import { findProgram, standardSearchPath } from '../host/find-program.ts';
import type { ReadableSystem } from '../system/system.ts';

/** The programs of this machine for accounts. Throws HOST_UNSUPPORTED_SYSTEM. */
export async function findAccountTools(system: ReadableSystem): Promise<AccountTools> {
  for (const [program, tools] of Object.entries(accountTools)) {
    if ((await findProgram([program], standardSearchPath, system)) !== undefined) return tools;
  }
  throw new KickstartError('HOST_UNSUPPORTED_SYSTEM', {
    what: 'This machine has no program that kickstart knows for creating and removing users.',
    why: `It looked for ${Object.keys(accountTools).join(', ')} in ${standardSearchPath.join(', ')}.`,
    next: 'Create or remove the user by hand, and run kickstart again: it uses a user that is there.',
  });
}
