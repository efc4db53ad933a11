import type { ReadableSystem } from '../system/system.ts';
import { compilers, findProgram } from './find-program.ts';

/**
 * The version in the OpenSSL headers that the compiler finds: "3.0.17", "1.0.1f", "LibreSSL 3.8.2".
 * undefined without a compiler or without the headers. Only preprocesses; writes nothing.
 */
export async function opensslVersion(searchPath: readonly string[], system: ReadableSystem): Promise<string | undefined> {
  const compiler = await findProgram(compilers, searchPath, system);
  if (compiler === undefined) return undefined;
  const macros = ['-E', '-dM', '-include', 'openssl/opensslv.h', '-x', 'c', '/dev/null'];
  const { exitCode, stdout } = await system.query({ program: compiler, arguments: macros });
  return exitCode === 0 ? parseOpensslVersion(stdout) : undefined;
}

/** From `#define OPENSSL_VERSION_TEXT "OpenSSL 3.0.17 1 Jul 2025"`; old headers have OPENSSL_VERSION_NUMBER 0x1000106fL only where the text is made of others. */
export function parseOpensslVersion(macros: string): string | undefined {
  const libre = /^#define LIBRESSL_VERSION_TEXT "LibreSSL ([\w.]+)/m.exec(macros)?.[1];
  if (libre !== undefined) return `LibreSSL ${libre}`;
  const text = /^#define OPENSSL_VERSION_TEXT "OpenSSL ([\w.]+)/m.exec(macros)?.[1];
  // A build for FIPS says so in its text.
  if (text !== undefined) return text.replace(/-fips$/, '');
  const number = /^#define OPENSSL_VERSION_NUMBER\s+\(?\s*0x([0-9a-f]{8})L?/im.exec(macros)?.[1];
  if (number === undefined) return undefined;
  const [major, minor, fix, patch] = [0, 1, 3, 5].map((at) => Number.parseInt(number.slice(at, at === 0 ? 1 : at + 2), 16));
  return `${major}.${minor}.${fix}${patch ? String.fromCharCode(96 + patch) : ''}`;
}

/** Whether this OpenSSL cannot check that a certificate is for the host that was asked: before 1.0.2. Source: OpenSSL 1.0.2 CHANGES, seeds/002 "older distributions". */
export function lacksHostnameValidation(version: string): boolean {
  const [major, minor, fix] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (version.startsWith('LibreSSL') || major === undefined || Number.isNaN(major)) return false;
  return major < 1 || (major === 1 && (minor ?? 0) === 0 && (fix ?? 0) < 2);
}
