import { join } from 'node:path';
import { isKickstartError, KickstartError } from '../errors.ts';
import type { Owner } from '../system/system.ts';
import { causeOf } from './compiler-lines.ts';
import type { StepContext, StepDefinition } from './definition.ts';

export interface VerifyOpensslStep {
  kind: 'verify-openssl';
  /** Of this step alone, below the run's scratch space. */
  directory: string;
  /** Whom compilers run as; absent: as kickstart. */
  builder?: Owner;
  logPath: string;
}

export interface VerifyOpensslUndo {
  directory: string;
}

/**
 * Compiles, links and runs small programs with this system's OpenSSL, before anything is built on it.
 * Throws BUILD_TOOLS_MISSING when it cannot be used at all, and BUILD_OPENSSL_OLD when it cannot check that a certificate is for the host
 * that was asked. Source: seeds/002 "older distributions"; agents ask for the same function, spec/kickstart-behaviour.md 8.6.
 */
export const verifyOpenssl: StepDefinition<VerifyOpensslStep, VerifyOpensslUndo> = {
  describe: () => "Check this system's OpenSSL",

  async inspect({ directory }) {
    return { directory };
  },

  async run(step, context) {
    const { directory, builder } = step;
    await context.system.removeTree(directory);
    await context.system.createDirectory(directory, { mode: 0o755, ...(builder === undefined ? {} : { owner: builder }) });
    const usable = await failureOf('use', programs.use, step, context);
    if (usable !== undefined) throw missing(await causeOf(usable, step.logPath, context.system), usable);
    const validates = await failureOf('validate', programs.validate, step, context);
    if (validates !== undefined) throw old(await causeOf(validates, step.logPath, context.system), validates);
  },

  async undo({ directory }, { system }) {
    await system.removeTree(directory);
  },
};

async function failureOf(name: string, program: string, step: VerifyOpensslStep, context: StepContext) {
  const { directory, builder, logPath } = step;
  const { system, signal } = context;
  const [source, binary] = [join(directory, `${name}.c`), join(directory, name)];
  await system.writeFile(source, program, { mode: 0o644 });
  const shared = { directory, logPath, timeoutSeconds: 120, ...(builder === undefined ? {} : { user: builder }) };
  const compile = ['-Werror=implicit-function-declaration', '-o', binary, source, '-lssl', '-lcrypto'];
  try {
    await system.run({ ...shared, program: 'cc', arguments: compile }, signal);
    await system.run({ ...shared, program: binary, arguments: [] }, signal);
    return undefined;
  } catch (error) {
    if (isKickstartError(error, 'HOST_COMMAND_FAILED')) return error;
    throw error;
  }
}

function missing(why: string, cause: KickstartError): KickstartError {
  return new KickstartError('BUILD_TOOLS_MISSING', {
    what: "A program cannot be built with this system's OpenSSL, which the agent's link to the Cloud needs.",
    why,
    next: "Install a C compiler and OpenSSL's development files (libssl-dev, openssl-devel or openssl-dev), and run kickstart again.",
    cause,
  });
}

function old(why: string, cause: KickstartError): KickstartError {
  return new KickstartError('BUILD_OPENSSL_OLD', {
    what: "This system's OpenSSL cannot check that a certificate is for the host that was asked (hostname validation).",
    why,
    next: 'Install the static build of the agent, which brings an OpenSSL that can; or upgrade this distribution.',
    cause,
  });
}

const programs = {
  use: `#include <openssl/ssl.h>
int main(void) {
  SSL_CTX *context = SSL_CTX_new(SSLv23_client_method());
  SSL_CTX_free(context);
  return context == NULL;
}
`,
  validate: `#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
int main(void) {
  X509_VERIFY_PARAM *parameters = X509_VERIFY_PARAM_new();
  int set = X509_VERIFY_PARAM_set1_host(parameters, "cloud.test", 0);
  X509_VERIFY_PARAM_free(parameters);
  return set != 1;
}
`,
} as const;
