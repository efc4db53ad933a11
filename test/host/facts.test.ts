import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gatherHostFacts } from '../../src/host/facts.ts';
import { debianMachine, program } from '../support/debian-machine.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { socketTables } from '../support/fake-proc.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const build = { claims: false, workDirectory: '/var/cache/kickstart/work', libraries: { jsonc: { pkgConfig: 'json-c' } } };
const question = { root: '/opt/netdata', stateDirectory: '/var/lib/kickstart/x', build };

const builders = [60578, 60579, 60580, 60581, 60582, 60583, 60584, 60585];

// What is asked before a build.
const buildCommands = [
  { program: '/usr/bin/pkg-config', arguments: ['--modversion', 'json-c'], result: { stdout: '0.16\n' } },
  { program: '/usr/bin/cc', result: { stdout: '#define OPENSSL_VERSION_TEXT "OpenSSL 3.0.17 1 Jul 2025"\n' } },
  { program: 'getent', arguments: ['passwd', ...builders.map(String)], result: { exitCode: 2 } },
];
const debian = () => createFakeSystem(debianMachine({ commands: buildCommands }));

describe('host facts', () => {
  test('say, for root, where others can change the programs of the agent, also before there are any', async () => {
    const ada = { userId: 1000, groupId: 1000 };
    const files = { '/home/ada': { directory: true, owner: ada } } as const;
    const machine = (owner?: typeof ada) =>
      createFakeSystem({ ...debianMachine({ files, commands: buildCommands }), ...(owner && { owner }) });
    const asked = { ...question, root: '/home/ada/netdata' };
    expect(await gatherHostFacts(asked, machine())).toMatchObject({
      othersPlace: { path: '/home/ada', says: '/home/ada belongs to ada.', user: 'ada' },
    });
    expect(await gatherHostFacts(asked, machine(ada))).not.toHaveProperty('othersPlace');
  });

  test('come, for root, from no program that others could have put on its PATH', async () => {
    const files = {
      '/home/ann/bin': { directory: true, owner: { userId: 1000, groupId: 1000 } },
      '/home/ann/bin/cc': program,
    } as const;
    const system = createFakeSystem(debianMachine({ files, commands: buildCommands }));
    await gatherHostFacts({ ...question, path: '/home/ann/bin:/usr/bin' }, system);
    expect(system.commandsGiven.map(({ program: path }) => path)).not.toContain('/home/ann/bin/cc');
  });

  const listener = {
    ...socketTables('/proc/self', [{ place: '127.0.0.1:19999', inode: 9000 }]),
    '/proc/812/fd/3': { link: 'socket:[9000]' },
  };

  test('name the program that listens where the agent would, and not the agent itself', async () => {
    const other = { ...listener, '/proc/812/comm': 'python3\n', '/proc/812/exe': { link: '/usr/bin/python3' } };
    const says = '127.0.0.1:19999 is held by python3 (process 812, user root)';
    const look = async (files: Record<string, FakeEntry>) =>
      gatherHostFacts(question, createFakeSystem(debianMachine({ files, commands: buildCommands })));
    expect(await look(other)).toMatchObject({ busyPort: { port: 19999, processId: 812, says } });
    const elsewhere = { '/opt/netdata/etc/netdata/netdata.conf': '[web]\n default port = 20000\n' };
    expect(await look({ ...other, ...elsewhere })).not.toHaveProperty('busyPort');
    const own = { ...listener, '/proc/812/exe': { link: '/opt/netdata/usr/sbin/netdata' } };
    expect(await look(own)).not.toHaveProperty('busyPort');
  });

  test('of a Debian machine', async () => {
    expect(await gatherHostFacts(question, debian())).toEqual({
      platform: {
        kernel: 'Linux',
        kernelVersion: '6.1.0-18-amd64',
        architecture: 'x86_64',
        libc: { kind: 'glibc', version: '2.36' },
        container: undefined,
        wsl: false,
      },
      distribution: {
        id: 'debian',
        idLike: [],
        versionId: '12',
        codename: 'bookworm',
        name: 'Debian GNU/Linux 12 (bookworm)',
        family: 'debian',
      },
      privileges: { userId: 0, groupId: 0, userName: 'root', isRoot: true },
      packageManager: 'apt',
      serviceManager: 'systemd',
      hostname: 'node1',
      cores: 2,
      memoryBytes: 4294967296,
      missingBuildTools: [],
      systemLibraries: { jsonc: '0.16' },
      opensslVersion: '3.0.17',
      cmakeVersion: '3.25.1',
      builders: builders.map((id) => ({ userId: id, groupId: id })),
      prefixWritable: true,
      prefixNearest: '/',
      existingInstall: { kind: 'none' },
    });
  });

  test('cost four child processes before a build on a machine without an agent', async () => {
    const system = debian();
    await gatherHostFacts(question, system);
    expect(system.commandsGiven.map(({ program }) => program)).toEqual([
      ...['/usr/bin/pkg-config', '/usr/bin/cmake', '/usr/bin/cc', 'getent'],
    ]);
  });

  test('are plain JSON', async () => {
    const facts = await gatherHostFacts(question, debian());
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  test('of a machine that tells nothing are still facts', async () => {
    const system = createFakeSystem({
      commands: [{ program: 'id', result: { exitCode: 1 } }, ...buildCommands],
    });
    expect(await gatherHostFacts(question, system)).toMatchObject({
      distribution: { family: 'unknown' },
      privileges: { userName: '0', isRoot: true },
      packageManager: undefined,
      serviceManager: 'none',
      hostname: 'localhost',
      existingInstall: { kind: 'none' },
    });
  });

  test('know ninja by each of its names', async () => {
    for (const name of ['ninja', 'ninja-build', 'samu']) {
      const files = { [`/usr/bin/${name}`]: program };
      const system = createFakeSystem(debianMachine({ files, commands: buildCommands }));
      expect(await gatherHostFacts(question, system)).toMatchObject({ ninja: true });
    }
    expect(await gatherHostFacts(question, debian())).not.toHaveProperty('ninja');
  });

  test('look for programs where PATH says', async () => {
    const system = debian();
    const facts = await gatherHostFacts({ ...question, path: '/nowhere' }, system);
    expect(facts.packageManager).toBeUndefined();
    expect(facts.missingBuildTools).toEqual([
      ...['c-compiler', 'c++-compiler', 'make', 'cmake', 'pkg-config', 'flex', 'bison', 'protobuf'],
    ]);
  });
});

describe('the recorded and the written hosts', () => {
  const directory = new URL('../fixtures/hosts/', import.meta.url);

  test.each(readdirSync(directory))('%s says where it comes from, and has every fact', (name) => {
    const { source, ...facts } = JSON.parse(readFileSync(new URL(name, directory), 'utf8'));
    expect(source).toMatch(/^(recorded by scripts\/record-host\.mjs on |written from public facts, not recorded$)/);
    expect(Object.keys(facts).toSorted()).toEqual([
      'cores',
      'distribution',
      'existingInstall',
      'hostname',
      'memoryBytes',
      'missingBuildTools',
      'packageManager',
      'platform',
      'prefixNearest',
      'prefixWritable',
      'privileges',
      'serviceManager',
      'systemLibraries',
    ]);
  });
});
