import { describe, expect, test } from 'vitest';
import { lacksHostnameValidation, opensslVersion, parseOpensslVersion } from '../../src/host/openssl-version.ts';
import { debianMachine } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

describe('the version of OpenSSL', () => {
  test.each([
    ['3', '#define OPENSSL_VERSION_TEXT "OpenSSL 3.0.17 1 Jul 2025"\n', '3.0.17'],
    ['1.1.1', '#define OPENSSL_VERSION_TEXT "OpenSSL 1.1.1w  11 Sep 2023"\n', '1.1.1w'],
    [
      // Ubuntu 14.04: the text is chosen by a condition, and the macro has what was chosen.
      '1.0.1',
      '#define OPENSSL_VERSION_NUMBER 0x1000106fL\n#define OPENSSL_VERSION_TEXT "OpenSSL 1.0.1f 6 Jan 2014"\n',
      '1.0.1f',
    ],
    ['CentOS 6, for FIPS', '#define OPENSSL_VERSION_TEXT "OpenSSL 1.0.1e-fips 11 Feb 2013"\n', '1.0.1e'],
    ['no text', '#define OPENSSL_VERSION_NUMBER 0x100020bfL\n', '1.0.2k'],
    [
      'LibreSSL, which says 2.0.0 as OpenSSL',
      '#define LIBRESSL_VERSION_TEXT "LibreSSL 3.8.2"\n#define OPENSSL_VERSION_TEXT LIBRESSL_VERSION_TEXT\n#define OPENSSL_VERSION_NUMBER 0x20000000L\n',
      'LibreSSL 3.8.2',
    ],
    ['another header', '#define SOMETHING 1\n', undefined],
  ])('is read from the header of %s', (_, macros, version) => {
    expect(parseOpensslVersion(macros)).toBe(version);
  });

  test('is unknown where the compiler finds no header', async () => {
    const system = createFakeSystem(debianMachine({ commands: [{ program: '/usr/bin/cc', result: { exitCode: 1 } }] }));
    expect(await opensslVersion(['/usr/bin'], system)).toBeUndefined();
  });

  test('is unknown without a compiler, and nothing is run', async () => {
    expect(await opensslVersion(['/nowhere'], createFakeSystem())).toBeUndefined();
  });

  test.each([
    ['0.9.8zg', true],
    ['1.0.0', true],
    ['1.0.1u', true],
    ['1.0.2', false],
    ['1.1.1w', false],
    ['3.0.17', false],
    ['LibreSSL 2.0.0', false],
  ])('%s lacks hostname validation: %s', (version, lacks) => {
    expect(lacksHostnameValidation(version)).toBe(lacks);
  });
});
