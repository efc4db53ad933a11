import { expect, test } from 'vitest';
import { systemLibraries } from '../../src/host/system-libraries.ts';
import { debianMachine, program } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const questions = { jsonc: { pkgConfig: 'json-c' }, protobuf: { pkgConfig: 'protobuf', programs: ['protoc'] } };
const says = (name: string, stdout: string, exitCode = 0) => ({
  program: '/usr/bin/pkg-config',
  arguments: ['--modversion', name],
  result: { stdout, exitCode },
});
const protocIs = (version: string) => ({
  program: '/usr/bin/protoc',
  arguments: ['--version'],
  result: { stdout: `libprotoc ${version}\n` },
});

test('names the libraries that pkg-config knows', async () => {
  const machine = debianMachine({
    files: { '/usr/bin/protoc': program },
    commands: [says('json-c', '0.16\n'), says('protobuf', '3.21.12\n'), protocIs('3.21.12')],
  });
  expect(await systemLibraries(questions, ['/usr/bin'], createFakeSystem(machine))).toEqual({
    jsonc: '0.16',
    protobuf: '3.21.12',
  });
});

test.each([
  ['3.21.12', '3.20.3', undefined],
  ['3.21.12', '3.21.1', undefined],
  ['22.0.0', '22.0', '22.0.0'],
])('with protobuf %s and the compiler of %s has protobuf %s', async (library, compiler, version) => {
  const machine = debianMachine({
    files: { '/usr/bin/protoc': program },
    commands: [says('json-c', '', 1), says('protobuf', `${library}\n`), protocIs(compiler)],
  });
  expect((await systemLibraries(questions, ['/usr/bin'], createFakeSystem(machine))).protobuf).toBe(version);
});

test('leaves out protobuf without its compiler, and what pkg-config does not know', async () => {
  const system = createFakeSystem(debianMachine({ commands: [says('json-c', '', 1), says('protobuf', '3.21.12\n')] }));
  system.remove('/usr/bin/protoc');
  expect(await systemLibraries(questions, ['/usr/bin'], system)).toEqual({});
});

test('names none without pkg-config, and runs nothing', async () => {
  expect(await systemLibraries(questions, ['/usr/bin'], createFakeSystem())).toEqual({});
});
