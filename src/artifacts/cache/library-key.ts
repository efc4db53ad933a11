import type { ReadableSystem } from '../../system/system.ts';
import { type CatalogRow, cmakeArguments } from '../catalog.ts';
import { sha256OfText } from '../checksum.ts';

interface LibraryIdentity {
  /** 64 hex digits. */
  key: string;
  /** Its first line of --version. */
  compiler: string;
}

/**
 * Names a built library by all that decides what is in it: sources, recipe, compilers, C library, OpenSSL and architecture. Flags of the environment
 * are not in it, because no build gets them (system/listed-environment.ts); neither is cmake, which only writes the makefiles.
 */
export async function libraryIdentity(row: CatalogRow, archiveSha256: string, system: ReadableSystem): Promise<LibraryIdentity> {
  const said = async (program: string, ...given: string[]) => (await system.query({ program, arguments: given })).stdout.trim();
  const [compiler, target, cppCompiler, libc, architecture, openssl] = await Promise.all([
    said('cc', '--version'),
    said('cc', '-dumpmachine'),
    row.language === 'c++' ? said('c++', '--version') : '',
    said('getconf', 'GNU_LIBC_VERSION'),
    said('uname', '-m'),
    row.usesOpenssl ? said('cc', '-E', '-dM', '-include', 'openssl/opensslv.h', '-x', 'c', '/dev/null') : '',
  ]);
  const toolchain = [withoutPlaces(compiler), target, withoutPlaces(cppCompiler), libc, architecture, opensslVersion(openssl)];
  const key = sha256OfText(JSON.stringify([layoutVersion, archiveSha256, recipeOf(row), toolchain]));
  return { key, compiler: compiler.split('\n', 1)[0] ?? '' };
}

// All of the row but what is only said or decided with it: a field that is new is in the key until it is left out here.
function recipeOf(row: CatalogRow): object {
  const { name, agentVersions, cmakeFetched, upstreamUrl, debianPackage, system, licence, ...built } = row;
  const { configureFlag, buildSeconds, sentences, ...recipe } = built;
  return { ...recipe, cmakeArguments: cmakeArguments(row) };
}

// The same compiler at another place makes the same code; clang says where it is.
function withoutPlaces(version: string): string {
  return version
    .split('\n')
    .filter((line) => !line.startsWith('InstalledDir:'))
    .join('\n');
}

function opensslVersion(macros: string): string {
  return /^#define OPENSSL_VERSION_TEXT (.*)$/m.exec(macros)?.[1] ?? '';
}

// To be raised when what lies in an entry of the cache changes.
const layoutVersion = 2;
