import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyOpenssl } from '../../src/steps/verify-openssl.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import type { System } from '../../src/system/system.ts';
import { stepContext } from '../support/step-context.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kickstart-openssl-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const real = createRealSystem({ environment: process.env });

function check(name: string, system: System) {
  const step = { kind: 'verify-openssl', directory: join(directory, name), logPath: join(directory, `${name}.log`) } as const;
  return verifyOpenssl.run(step, stepContext(system));
}

/** This machine, whose compiler is given more arguments first. */
function compiling(...more: readonly string[]): System {
  return {
    ...real,
    run: (command, signal) =>
      real.run(command.program === 'cc' ? { ...command, arguments: [...more, ...command.arguments] } : command, signal),
  };
}

test('the OpenSSL of this machine passes', async () => {
  await expect(check('this', real)).resolves.toBeUndefined();
});

test('headers without the function, as those of 1.0.1 are, are found out by the compiler', async () => {
  const headers = join(directory, 'include/openssl');
  mkdirSync(headers, { recursive: true });
  // As in 1.0.1: the type and its life are there, and the function came with 1.0.2.
  writeFileSync(
    join(headers, 'x509_vfy.h'),
    'typedef struct X509_VERIFY_PARAM_st X509_VERIFY_PARAM;\nX509_VERIFY_PARAM *X509_VERIFY_PARAM_new(void);\nvoid X509_VERIFY_PARAM_free(X509_VERIFY_PARAM *);\n',
  );
  writeFileSync(join(headers, 'x509v3.h'), '#include <openssl/x509_vfy.h>\n');
  writeFileSync(
    join(headers, 'ssl.h'),
    '#include <stddef.h>\ntypedef struct ssl_ctx_st SSL_CTX;\ntypedef struct ssl_method_st SSL_METHOD;\nconst SSL_METHOD *TLS_client_method(void);\n#define SSLv23_client_method TLS_client_method\nSSL_CTX *SSL_CTX_new(const SSL_METHOD *);\nvoid SSL_CTX_free(SSL_CTX *);\n',
  );
  const old = check('old', compiling('-isystem', join(directory, 'include')));
  await expect(old).rejects.toMatchObject({
    code: 'BUILD_OPENSSL_OLD',
    why: expect.stringContaining('X509_VERIFY_PARAM_set1_host'),
  });
  expect(readFileSync(join(directory, 'old.log'), 'utf8')).toContain('X509_VERIFY_PARAM_set1_host');
});

test('no headers at all are found out, and named', async () => {
  const without = check('without', compiling('-nostdinc', '-isystem', directory));
  await expect(without).rejects.toMatchObject({
    code: 'BUILD_TOOLS_MISSING',
    why: expect.stringContaining('openssl/ssl.h: No such file'),
  });
});
