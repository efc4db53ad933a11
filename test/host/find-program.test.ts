import { describe, expect, test } from 'vitest';
import { findProgram, isProgram, parseSearchPath, standardSearchPath } from '../../src/host/find-program.ts';
import { debianMachine, program } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

describe('a program', () => {
  const system = createFakeSystem(
    debianMachine({
      files: {
        '/opt/tools/bin/cmake': program,
        '/usr/local/bin/make': 'not executable',
        '/usr/bin/gone': { link: '/nowhere' },
        '/usr/bin/folder': { directory: true },
      },
    }),
  );

  test.each([
    [['cmake'], ['/opt/tools/bin', '/usr/bin'], '/opt/tools/bin/cmake'],
    [['make'], standardSearchPath, '/usr/bin/make'],
    [['gmake', 'make'], standardSearchPath, '/usr/bin/make'],
    [['c++'], standardSearchPath, '/usr/bin/c++'],
    [['gone'], standardSearchPath, undefined],
    [['folder'], standardSearchPath, undefined],
    [['netdata'], standardSearchPath, undefined],
  ])('%j is found in %j at %s', async (names, searchPath, path) => {
    expect(await findProgram(names, searchPath, system)).toBe(path);
  });

  test('can be behind links', async () => {
    expect(await isProgram('/usr/bin/c++', system)).toBe(true);
  });
});

test('PATH is searched in its order, then the directories of administration, and never relative to where we are', () => {
  expect(parseSearchPath('/opt/x/bin::.:bin:/usr/bin:/usr/sbin:/usr/bin')).toEqual([
    '/opt/x/bin',
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/sbin',
    '/sbin',
  ]);
});
