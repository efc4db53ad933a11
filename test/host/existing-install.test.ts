import { describe, expect, test } from 'vitest';
import { existingInstall } from '../../src/host/existing-install.ts';
import { debianMachine, dpkgDatabase, program } from '../support/debian-machine.ts';
import { createFakeSystem, type FakeCommand, type FakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const root = '/opt/netdata';
const stateDirectory = '/var/lib/kickstart/opt-netdata';
const receipt = { [`${stateDirectory}/receipt.jsonl`]: '{"schema":1}\n' };
const installType = (at: string, type: string) => ({ [`${at}/etc/netdata/.install-type`]: `INSTALL_TYPE='${type}'\n` });
const saysVersion = (path: string, stdout: string): FakeCommand => ({ program: path, arguments: ['-v'], result: { stdout } });

const ask = (system: FakeSystem, at: string = root) =>
  existingInstall(
    { root: at, stateDirectory, packageManager: 'apt', searchPath: ['/usr/local/bin', '/usr/sbin', '/sbin', '/usr/bin'] },
    system,
  );
const machine = (more: FakeSystemOptions = {}) => createFakeSystem(debianMachine(more));

/** An agent of ours at /opt/netdata that says this version. */
const ours = (version: string, more: FakeSystemOptions['files'] = {}): FakeSystemOptions => ({
  files: { ...receipt, ...installType(root, 'kickstart-build'), [`${root}/usr/sbin/netdata`]: program, ...more },
  commands: [saysVersion(`${root}/usr/sbin/netdata`, `netdata ${version}\n`)],
});

describe('no agent', () => {
  test('is found on a bare machine, for a prefix and for the system', async () => {
    expect(await ask(machine())).toEqual({ kind: 'none' });
    expect(await ask(machine(), '')).toEqual({ kind: 'none' });
  });

  test('is found where the package was removed and only its settings stayed', async () => {
    const removed = dpkgDatabase(['netdata', 'config-files', '1.37.1-2']);
    const system = machine({ files: { ...installType('', 'custom'), ...removed } });
    expect(await ask(system, '')).toEqual({ kind: 'none' });
  });

  test('is found at our prefix while others are below other prefixes', async () => {
    const files = { '/srv/a/netdata/usr/sbin/netdata': program, ...installType('/srv/a/netdata', 'kickstart-build') };
    expect(await ask(machine({ files }))).toEqual({ kind: 'none' });
  });

  test('is in the way of the system when a build of ours below a prefix is on the search path', async () => {
    const files = {
      '/srv/a/netdata/usr/sbin/netdata': program,
      '/usr/local/bin/netdata': { link: '/srv/a/netdata/usr/sbin/netdata' },
      ...installType('/srv/a/netdata', 'kickstart-build'),
    };
    expect(await ask(machine({ files }), '')).toEqual({ kind: 'none' });
  });

  test('is found at a prefix below a file', async () => {
    expect(await ask(machine({ files: { '/opt/netdata': 'a file' } }))).toEqual({ kind: 'none' });
  });
});

describe('our agent', () => {
  test('is known by its receipt and its install type', async () => {
    expect(await ask(machine(ours('v1.31.0')))).toEqual({ kind: 'ours', version: '1.31.0' });
  });

  test('is not run by root when its program belongs to somebody else, who may have put anything there', async () => {
    const owner = { userId: 1000, groupId: 1000 };
    const files = { [`${root}/usr/sbin/netdata`]: { content: '', mode: 0o755, owner }, ...installType(root, 'custom') };
    const system = machine({ files });
    expect(await ask(system)).toEqual({ kind: 'foreign', path: `${root}/usr/sbin/netdata`, how: 'build', others: [] });
    expect(system.commandsGiven.filter(({ arguments: [word] }) => word === '-v')).toEqual([]);
  });

  test('is known without its version when others could have put its program there', async () => {
    const system = machine(ours('v1.31.0', { '/opt': { directory: true, mode: 0o757 } }));
    expect(await ask(system)).toEqual({ kind: 'ours' });
    expect(system.commandsGiven.filter(({ arguments: [word] }) => word === '-v')).toEqual([]);
  });

  test('comes with its claim, wherever its settings put that', async () => {
    const files = {
      [`${root}/etc/netdata/netdata.conf`]: '[directories]\n  lib = /data/netdata\n',
      '/data/netdata/cloud.d/claimed_id': '8F9A0E3A-1111-4222-8333-123456789ABC\n',
    };
    expect(await ask(machine(ours('v1.31.0', files)))).toMatchObject({ claimedId: '8f9a0e3a-1111-4222-8333-123456789abc' });
  });

  test.each([
    ['v1.21.0', 'etc/netdata/claim.d/claimed_id'],
    ['v1.37.1', 'var/lib/netdata/cloud.d/claimed_id'],
    ['v2.9.0', 'var/lib/netdata/cloud.d/claimed_id'],
  ])('of %s has its claim in %s', async (version, path) => {
    const id = '8f9a0e3a-1111-4222-8333-123456789abc';
    expect(await ask(machine(ours(version, { [`${root}/${path}`]: id })))).toMatchObject({ claimedId: id });
  });

  test('of 2.x has the claim that cloud.conf names', async () => {
    const files = {
      [`${root}/var/lib/netdata/cloud.d/claimed_id`]: '11111111-1111-4111-8111-111111111111',
      [`${root}/var/lib/netdata/cloud.d/cloud.conf`]: '[global]\n    claimed_id = 22222222-2222-4222-8222-222222222222\n',
    };
    expect(await ask(machine(ours('v2.9.0', files)))).toMatchObject({ claimedId: '22222222-2222-4222-8222-222222222222' });
  });

  test('is not claimed when the id is none', async () => {
    const files = { [`${root}/var/lib/netdata/cloud.d/claimed_id`]: 'not an id' };
    expect(await ask(machine(ours('v1.31.0', files)))).not.toHaveProperty('claimedId');
  });

  test('can be the one of the system', async () => {
    const files = { ...receipt, ...installType('', 'kickstart-build'), '/usr/sbin/netdata': program };
    const system = machine({ files, commands: [saysVersion('/usr/sbin/netdata', 'netdata v1.31.0\n')] });
    expect(await ask(system, '')).toEqual({ kind: 'ours', version: '1.31.0' });
  });

  test('costs one child process to know', async () => {
    const system = machine(ours('v1.31.0'));
    await ask(system);
    expect(system.commandsGiven.map(({ program: name }) => name)).toEqual([`${root}/usr/sbin/netdata`]);
  });
});

const runOf = (goal: string) => `{"record":"run","schema":2,"runId":"x","goal":"${goal}","title":"a \\"goal\\":\\"install\\""}\n`;

describe('an agent that the kickstart of another user installed', () => {
  test("is still somebody else's after this user has claimed it", async () => {
    const found = { kind: 'foreign', path: `${root}/usr/sbin/netdata`, how: 'kickstart-build', version: '1.31.0', others: [] };
    const claimed = ours('v1.31.0', { [`${stateDirectory}/receipt.jsonl`]: runOf('claim') });
    expect(await ask(machine(claimed))).toEqual(found);
    const installed = ours('v1.31.0', { [`${stateDirectory}/receipt.jsonl`]: `${runOf('install')}${runOf('claim')}` });
    expect(await ask(machine(installed))).toEqual({ kind: 'ours', version: '1.31.0' });
  });
});

describe('an agent that was built by hand, without an install type,', () => {
  const byHand = (text: string): FakeSystemOptions => ({
    files: { [`${stateDirectory}/receipt.jsonl`]: text, [`${root}/usr/sbin/netdata`]: program },
    commands: [saysVersion(`${root}/usr/sbin/netdata`, 'netdata v1.21.0\n')],
  });

  test("is still somebody else's after kickstart has claimed it, and unclaimed it", async () => {
    const found = { kind: 'foreign', path: `${root}/usr/sbin/netdata`, how: 'unknown', version: '1.21.0', others: [] };
    expect(await ask(machine(byHand(runOf('claim'))))).toEqual(found);
    expect(await ask(machine(byHand(`${runOf('claim')}{"record":"ended"}\n${runOf('unclaim')}`)))).toEqual(found);
  });

  test('is not told from an install of ours that was cut off', async () => {
    expect(await ask(machine(byHand(`${runOf('install')}${runOf('claim')}`)))).toEqual({ kind: 'unfinished' });
  });
});

describe('an unfinished install', () => {
  test.each<[string, FakeSystemOptions]>([
    ['a receipt and nothing else', { files: receipt }],
    ['a receipt and a program without its files', { files: { ...receipt, [`${root}/usr/sbin/netdata`]: program } }],
    ['a receipt and files without the program', { files: { ...receipt, ...installType(root, 'kickstart-build') } }],
    [
      'an agent that does not start',
      { ...ours('v1.31.0'), commands: [{ program: `${root}/usr/sbin/netdata`, result: { exitCode: 127 } }] },
    ],
    ['an agent that says no version', { ...ours('v1.31.0'), commands: [saysVersion(`${root}/usr/sbin/netdata`, 'netdata\n')] }],
  ])('is %s', async (_, options) => {
    expect(await ask(machine(options))).toEqual({ kind: 'unfinished' });
  });
});

describe("somebody else's agent", () => {
  const debianPackage: FakeSystemOptions = {
    files: {
      '/usr/sbin/netdata': program,
      ...dpkgDatabase(['netdata', 'installed', '1.37.1-2'], ['netdata-core', 'installed', '1.37.1-2']),
    },
  };
  const fromDebian = {
    kind: 'foreign',
    path: '/usr/sbin/netdata',
    how: 'distribution-package',
    package: 'netdata-core',
    version: '1.37.1',
    others: [],
  };

  test('from a package of the distribution counts for the system and for every prefix', async () => {
    expect(await ask(machine(debianPackage), '')).toEqual(fromDebian);
    expect(await ask(machine(debianPackage))).toEqual(fromDebian);
  });

  test('from a package does not count for who names the root of another one, and counts where nothing is', async () => {
    const { files, commands } = ours('v1.31.0');
    const system = machine({ files: { ...files, ...debianPackage.files }, ...(commands && { commands }) });
    expect(await ask(system)).toEqual({ kind: 'ours', version: '1.31.0' });
    expect(await ask(machine(debianPackage))).toEqual(fromDebian);
  });

  test("from one of Netdata's own packages says so", async () => {
    const ofNetdata = dpkgDatabase(['netdata', 'installed', '2.9.0']);
    const system = machine({ files: { '/usr/sbin/netdata': program, ...installType('', 'binpkg-deb'), ...ofNetdata } });
    expect(await ask(system, '')).toMatchObject({ how: 'netdata-package', package: 'netdata', version: '2.9.0' });
  });

  test('from a package comes with the others that are here', async () => {
    const files = { ...debianPackage.files, '/opt/netdata/bin/netdata': program, '/usr/local/bin/netdata': program };
    expect(await ask(machine({ ...debianPackage, files }), '')).toEqual({
      ...fromDebian,
      others: ['/usr/local/bin/netdata', '/opt/netdata/bin/netdata'],
    });
  });

  test.each([
    ['kickstart-static', 'static'],
    ['manual-static', 'static'],
    ['legacy-static', 'static'],
    ['kickstart-build', 'kickstart-build'],
    ['legacy-build', 'kickstart-build'],
    ['custom', 'build'],
    ['binpkg-rpm', 'netdata-package'],
    ['oci', 'container'],
    ['$(reboot)', 'unknown'],
  ])('with the install type %s came by way of: %s', async (type, how) => {
    const path = '/opt/netdata/bin/netdata';
    const system = machine({
      files: { [path]: program, ...installType(root, type) },
      commands: [saysVersion(path, 'netdata v1.47.5\n')],
    });
    expect(await ask(system)).toEqual({ kind: 'foreign', path, how, version: '1.47.5', others: [] });
  });

  test.each([
    ['IS_NETDATA_STATIC_BINARY="yes"\n', 'static'],
    ['PATH="$(reboot)"\nIS_NETDATA_STATIC_BINARY="no"\r\n', 'build'],
    ['# IS_NETDATA_STATIC_BINARY="yes"\n', 'unknown'],
  ])('without install type is known by .environment %j', async (environment, how) => {
    const path = `${root}/usr/sbin/netdata`;
    const files = { [path]: program, [`${root}/etc/netdata/.environment`]: environment };
    const system = machine({ files, commands: [saysVersion(path, 'netdata v1.30.1\n')] });
    expect(await ask(system)).toMatchObject({ how });
    expect(system.commandsGiven.map(({ program: name }) => name)).toEqual([path]);
  });

  test('that does not run has no version', async () => {
    const path = `${root}/usr/sbin/netdata`;
    const system = machine({ files: { [path]: program }, commands: [{ program: path, result: { exitCode: 1 } }] });
    expect(await ask(system)).toEqual({ kind: 'foreign', path, how: 'unknown', others: [] });
  });

  test('in place of ours is not ours, receipt or not', async () => {
    const { files, commands = [] } = ours('v1.31.0', installType(root, 'custom'));
    expect(await ask(machine({ files: { ...files }, commands }))).toMatchObject({ kind: 'foreign', how: 'build' });
  });

  test('is one agent, however many links lead to it', async () => {
    const path = '/opt/netdata/bin/netdata';
    const files = {
      [path]: program,
      '/usr/local/bin/netdata': { link: path },
      '/usr/sbin/netdata': { link: '../../opt/netdata/bin/netdata' },
    };
    const system = machine({ files, commands: [saysVersion(path, 'netdata v1.47.5\n')] });
    expect(await ask(system, '')).toMatchObject({ path, others: [] });
  });

  test('can be several, and all are named', async () => {
    const files = { '/usr/sbin/netdata': program, '/usr/local/bin/netdata': program, '/opt/netdata/bin/netdata': program };
    const system = machine({ files, commands: [saysVersion('/usr/sbin/netdata', 'netdata v1.10.0\n')] });
    expect(await ask(system, '')).toEqual({
      kind: 'foreign',
      path: '/usr/sbin/netdata',
      how: 'unknown',
      version: '1.10.0',
      others: ['/usr/local/bin/netdata', '/opt/netdata/bin/netdata'],
    });
  });

  test('that came with a package of another name is the package of a distribution', async () => {
    const files = { '/usr/sbin/netdata': program, ...installType('', 'custom') };
    const stdout = 'netdata-edge:amd64: /usr/sbin/netdata\n';
    const system = machine({
      files,
      commands: [{ program: 'dpkg-query', arguments: ['--search', '/usr/sbin/netdata'], result: { stdout } }],
    });
    expect(await ask(system, '')).toEqual({
      kind: 'foreign',
      path: '/usr/sbin/netdata',
      how: 'distribution-package',
      package: 'netdata-edge',
      others: [],
    });
  });

  test('is seen on machines whose package manager is unknown', async () => {
    const system = machine({
      files: { '/usr/sbin/netdata': program },
      commands: [saysVersion('/usr/sbin/netdata', 'netdata v1.37.1\n')],
    });
    const question = { root: '', stateDirectory, packageManager: undefined, searchPath: [] };
    expect(await existingInstall(question, system)).toMatchObject({ kind: 'foreign', path: '/usr/sbin/netdata' });
  });
});
