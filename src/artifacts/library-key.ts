import type { ReadableSystem } from '../system/system.ts';
import { type CatalogRow, cmakeArguments } from './catalog.ts';
import { sha256OfText } from './checksum.ts';

/** Names a built library by all that decides what is in it: sources, recipe, compiler, C library, OpenSSL and architecture. 64 hex digits. */
export async function libraryKey(row: CatalogRow, archiveSha256: string, system: ReadableSystem): Promise<string> {
  const said = async (program: string, ...given: string[]) => (await system.query({ program, arguments: given })).stdout.trim();
  const [compiler, target, libc, architecture, openssl] = await Promise.all([
    said('cc', '--version'),
    said('cc', '-dumpmachine'),
    said('getconf', 'GNU_LIBC_VERSION'),
    said('uname', '-m'),
    row.usesOpenssl ? said('cc', '-E', '-dM', '-include', 'openssl/opensslv.h', '-x', 'c', '/dev/null') : '',
  ]);
  const opensslVersion = /^#define OPENSSL_VERSION_TEXT (.*)$/m.exec(openssl)?.[1] ?? '';
  const recipe = [cmakeArguments(row), row.outputs];
  return sha256OfText(
    JSON.stringify([layoutVersion, archiveSha256, recipe, compiler, target, libc, architecture, opensslVersion]),
  );
}

// To be raised when what lies in an entry of the cache changes.
const layoutVersion = 1;
