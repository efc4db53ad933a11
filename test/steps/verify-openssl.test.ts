import { describe, expect, test } from 'vitest';
import { verifyOpenssl } from '../../src/steps/verify-openssl.ts';
import { createFakeSystem, type FakeCommand } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const step = { kind: 'verify-openssl', directory: '/work/openssl', logPath: '/work/openssl.log' } as const;
const compiles = (name: string, result: FakeCommand['result'] = {}): FakeCommand => ({
  program: 'cc',
  arguments: (given) => given.includes(`/work/openssl/${name}.c`),
  result,
});
const runs = (name: string): FakeCommand => ({ program: `/work/openssl/${name}` });

function machine(commands: readonly FakeCommand[]) {
  return createFakeSystem({ files: { '/work': { directory: true } }, commands });
}

describe("the check of this system's OpenSSL", () => {
  test('passes when both programs compile and run, and leaves nothing', async () => {
    const system = machine([compiles('use'), runs('use'), compiles('validate'), runs('validate')]);
    const context = stepContext(system);
    const undo = await verifyOpenssl.inspect(step, system);
    await verifyOpenssl.run(step, context);
    expect(undo).toEqual({ directory: '/work/openssl' });
    await verifyOpenssl.undo({ directory: '/work/openssl' }, context);
    expect(system.tree()).toEqual(machine([]).tree());
  });

  test('names the missing function of an old one', async () => {
    const stderr = "validate.c:5:13: error: implicit declaration of function 'X509_VERIFY_PARAM_set1_host'";
    const system = machine([compiles('use'), runs('use'), compiles('validate', { exitCode: 1, stderr })]);
    await expect(verifyOpenssl.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'BUILD_OPENSSL_OLD',
      why: expect.stringContaining('X509_VERIFY_PARAM_set1_host'),
      next: expect.stringContaining('static build'),
    });
  });

  test('names what is missing where there are no headers', async () => {
    const stderr = 'use.c:1:10: fatal error: openssl/ssl.h: No such file or directory';
    const system = machine([compiles('use', { exitCode: 1, stderr })]);
    await expect(verifyOpenssl.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'BUILD_TOOLS_MISSING',
      why: expect.stringContaining('openssl/ssl.h'),
    });
  });
});
