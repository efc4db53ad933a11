import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentSettings, parseConfiguration, setConfigurationValue } from '../../src/host/agent-configuration.ts';
import { debianMachine, program } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const example = `# netdata configuration
stray = ignored

[global]
    # run as user = nobody
    run as user = netdata

[web]
\tbind to = localhost:20000
\tdefault port = 19999
`;

describe('a configuration', () => {
  test('is read as the agent reads it', () => {
    const text = `${example}[ spaced]\nkey with blanks   =   a = b # kept\n = no name\nno equals sign\nempty =\nhash = # gone\n`;
    const configuration = parseConfiguration(text);
    expect(Object.fromEntries(configuration.get('global') ?? [])).toEqual({ 'run as user': 'netdata' });
    expect(Object.fromEntries(configuration.get('web') ?? [])).toEqual({ 'bind to': 'localhost:20000', 'default port': '19999' });
    expect(Object.fromEntries(configuration.get(' spaced') ?? [])).toEqual({
      'key with blanks': 'a = b # kept',
      empty: '',
      hash: '',
    });
  });

  test('has the last of several values, also when a section comes twice', () => {
    const configuration = parseConfiguration('[a]\nx = 1\nx = 2\n[b]\ny = 1\n[a]\nx = 3\n');
    expect(configuration.get('a')?.get('x')).toBe('3');
  });

  test('can have Windows line ends', () => {
    expect(parseConfiguration('[global]\r\n  enabled = no\r\n').get('global')?.get('enabled')).toBe('no');
  });
});

describe('setting a value', () => {
  test('changes that line and no other', () => {
    const changed = setConfigurationValue(example, 'web', 'bind to', '*');
    expect(changed).toBe(example.replace('\tbind to = localhost:20000', '\tbind to = *'));
  });

  test('leaves the comment with the default alone', () => {
    const changed = setConfigurationValue(example, 'global', 'run as user', 'ada');
    expect(changed).toBe(example.replace('    run as user = netdata', '    run as user = ada'));
  });

  test('adds a key at the end of its section, indented as the others', () => {
    const changed = setConfigurationValue(example, 'web', 'mode', 'none');
    expect(changed).toBe(`${example}\tmode = none\n`);
    expect(setConfigurationValue(example, 'global', 'hostname', 'x')).toContain(
      'run as user = netdata\n    hostname = x\n\n[web]',
    );
  });

  test('adds a section that is not there', () => {
    expect(setConfigurationValue(example, 'cloud', 'proxy', 'none')).toBe(`${example}\n[cloud]\n    proxy = none\n`);
    expect(setConfigurationValue('', 'global', 'enabled', 'yes')).toBe('[global]\n    enabled = yes\n');
    expect(setConfigurationValue('[global]', 'global', 'enabled', 'yes')).toBe('[global]\n    enabled = yes\n');
  });

  test('changes the one of several that counts', () => {
    expect(setConfigurationValue('[a]\nx = 1\nx = 2\n', 'a', 'x', '3')).toBe('[a]\nx = 1\nx = 3\n');
  });

  test('keeps Windows line ends', () => {
    expect(setConfigurationValue('[a]\r\nx = 1\r\n', 'a', 'x', '2')).toBe('[a]\r\nx = 2\r\n');
  });

  test('refuses a value that would be more than one line', () => {
    expect(() => setConfigurationValue('', 'a', 'x', '1\n[b]')).toThrow('one line');
  });

  test('is what reading gives back, and changes nothing else, whatever is in the file', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}( [a-z]{1,6})?$/);
    const line = fc.oneof(
      word.map((name) => `[${name}]`),
      fc.tuple(word, word).map(([key, value]) => `  ${key} = ${value}`),
      fc.constantFrom('', '# note', 'noise', '  # key = value'),
    );
    fc.assert(
      fc.property(fc.array(line), word, word, word, (lines, section, key, value) => {
        const before = lines.map((text) => `${text}\n`).join('');
        const after = parseConfiguration(setConfigurationValue(before, section, key, value));
        const expected = new Map([...parseConfiguration(before)].map(([name, keys]) => [name, new Map(keys)]));
        expected.set(section, new Map([...(expected.get(section) ?? []), [key, value]]));
        expect(after.get(section)?.get(key)).toBe(value);
        expect(after).toEqual(expected);
      }),
    );
  });
});

describe('the settings of an agent', () => {
  test('are its defaults when its files say nothing', async () => {
    const system = createFakeSystem(debianMachine());
    expect(await agentSettings('/opt/netdata', system)).toEqual({
      runAsUser: 'netdata',
      port: 19999,
      registryFile: '/opt/netdata/var/lib/netdata/registry/netdata.public.unique.id',
      cloudDirectory: '/opt/netdata/var/lib/netdata/cloud.d',
      cloudEnabled: true,
    });
  });

  test('are what its files say', async () => {
    const system = createFakeSystem(
      debianMachine({
        files: {
          '/etc/netdata/netdata.conf':
            '[global]\n run as user = monitor\n[directories]\n lib = /data/netdata\n[web]\n default port = 20001\n',
          '/data/netdata/cloud.d/cloud.conf': '[global]\n enabled = no\n cloud base url = https://cloud.test:8443\n',
        },
      }),
    );
    expect(await agentSettings('', system)).toEqual({
      runAsUser: 'monitor',
      port: 20001,
      registryFile: '/data/netdata/registry/netdata.public.unique.id',
      cloudDirectory: '/data/netdata/cloud.d',
      cloudEnabled: false,
      cloudBaseUrl: 'https://cloud.test:8443',
    });
  });

  test.each([
    ['[global]\nlib directory = /old/lib\n', 'cloudDirectory', '/old/lib/cloud.d'],
    ['[registry]\nregistry db directory = /old/registry\n', 'registryFile', '/old/registry/netdata.public.unique.id'],
    ['[directories]\nregistry = /new/registry\n', 'registryFile', '/new/registry/netdata.public.unique.id'],
    ['[registry]\nnetdata unique id file = /x/guid\n', 'registryFile', '/x/guid'],
    ['[web]\nbind to = localhost:20002=dashboard^SSL=force\n', 'port', 20002],
    ['[web]\nbind to = unix:/run/nd.sock [::1]:20003\n', 'port', 20003],
    ['[web]\nbind to = 10.0.0.1 *:20004\ndefault port = 20005\n', 'port', 20005],
    ['[web]\ndefault port = many\n', 'port', 19999],
    ['[global]\nport = 20006\n', 'port', 20006],
    ['[global]\nrun as user =\n', 'runAsUser', 'netdata'],
  ] as const)('with %j have %s %s', async (text, name, value) => {
    const system = createFakeSystem(debianMachine({ files: { '/opt/netdata/etc/netdata/netdata.conf': text } }));
    expect(await agentSettings('/opt/netdata', system)).toMatchObject({ [name]: value });
  });

  test.each([
    ['yes', true],
    ['true', true],
    ['auto', true],
    ['ON', true],
    ['no', false],
    ['false', false],
    ['0', false],
  ])('with cloud enabled = %s have Cloud: %s', async (word, cloudEnabled) => {
    const files = { '/var/lib/netdata/cloud.d/cloud.conf': `[global]\n  enabled = ${word}\n` };
    expect(await agentSettings('', createFakeSystem(debianMachine({ files })))).toMatchObject({ cloudEnabled });
  });

  test('name the user who installed it, when that was not root', async () => {
    const files = { '/home/ada/netdata/usr/sbin/netdata': { content: '', mode: 0o755, owner: { userId: 1000, groupId: 1000 } } };
    const system = createFakeSystem(debianMachine({ files }));
    expect((await agentSettings('/home/ada/netdata', system)).runAsUser).toBe('ada');
  });

  test('name this user for an agent that is not there yet, and root makes it netdata', async () => {
    const owner = { userId: 1000, groupId: 1000 };
    expect((await agentSettings('/home/ada/netdata', createFakeSystem(debianMachine({ owner })))).runAsUser).toBe('ada');
    const ofRoot = createFakeSystem(debianMachine({ owner, files: { '/usr/sbin/netdata': program } }));
    expect((await agentSettings('', ofRoot)).runAsUser).toBe('netdata');
  });
});
