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

test('names the libraries that pkg-config knows', async () => {
  const machine = debianMachine({
    files: { '/usr/bin/protoc': program },
    commands: [says('json-c', '0.16\n'), says('protobuf', '3.21.12\n')],
  });
  expect(await systemLibraries(questions, ['/usr/bin'], createFakeSystem(machine))).toEqual({
    jsonc: '0.16',
    protobuf: '3.21.12',
  });
});

test('leaves out protobuf without its compiler, and what pkg-config does not know', async () => {
  const system = createFakeSystem(debianMachine({ commands: [says('json-c', '', 1)] }));
  expect(await systemLibraries(questions, ['/usr/bin'], system)).toEqual({});
});

test('names none without pkg-config, and runs nothing', async () => {
  expect(await systemLibraries(questions, ['/usr/bin'], createFakeSystem())).toEqual({});
});
