import { describe, expect, test } from 'vitest';
import { agentSettings } from '../../src/host/agent-configuration.ts';
import { debianMachine, program } from '../support/debian-machine.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem } from '../support/fake-system.ts';

describe('the settings of an agent', () => {
  test('are its defaults when its files say nothing', async () => {
    const system = createFakeSystem(debianMachine());
    expect(await agentSettings('/opt/netdata', system)).toEqual({
      generation: 'cloud.d',
      runAsUser: 'netdata',
      port: 19999,
      webPlaces: [{ kind: 'tcp', host: '*', port: 19999, answers: true }],
      registryFile: '/opt/netdata/var/lib/netdata/registry/netdata.public.unique.id',
      configurationFile: '/opt/netdata/etc/netdata/netdata.conf',
      logDirectory: '/opt/netdata/var/log/netdata',
      cloudDirectory: '/opt/netdata/var/lib/netdata/cloud.d',
      claimDirectory: '/opt/netdata/var/lib/netdata/cloud.d',
      cloudEnabled: true,
    });
  });

  test('are what its files say', async () => {
    const system = createFakeSystem(
      debianMachine({
        files: {
          '/etc/netdata/netdata.conf':
            '[global]\n run as user = monitor\n[directories]\n lib = /data/netdata\n[web]\n default port = 20001\n',
          '/data/netdata/cloud.d/cloud.conf':
            '[global]\n enabled = no\n cloud base url = https://cloud.test:8443\n proxy = http://proxy:3128\n',
        },
      }),
    );
    expect(await agentSettings('', system)).toEqual({
      generation: 'cloud.d',
      runAsUser: 'monitor',
      port: 20001,
      webPlaces: [{ kind: 'tcp', host: '*', port: 20001, answers: true }],
      registryFile: '/data/netdata/registry/netdata.public.unique.id',
      configurationFile: '/etc/netdata/netdata.conf',
      logDirectory: '/var/log/netdata',
      cloudDirectory: '/data/netdata/cloud.d',
      claimDirectory: '/data/netdata/cloud.d',
      cloudEnabled: false,
      cloudBaseUrl: 'https://cloud.test:8443',
      proxy: 'http://proxy:3128',
    });
  });

  test.each([
    ['[global]\nlib directory = /old/lib\n', 'cloudDirectory', '/old/lib/cloud.d'],
    ['[registry]\nregistry db directory = /old/registry\n', 'registryFile', '/old/registry/netdata.public.unique.id'],
    ['[directories]\nregistry = /new/registry\n', 'registryFile', '/new/registry/netdata.public.unique.id'],
    ['[directories]\nlog = /new/log\n', 'logDirectory', '/new/log'],
    ['[registry]\nnetdata unique id file = /x/guid\n', 'registryFile', '/x/guid'],
    ['[web]\nbind to = localhost:20002=dashboard^SSL=force\n', 'port', 20002],
    ['[web]\nbind to = unix:/run/nd.sock [::1]:20003\n', 'port', 20003],
    ['[web]\nbind to = 10.0.0.1 *:20004\ndefault port = 20005\n', 'port', 20005],
    ['[web]\ndefault port = many\n', 'port', 19999],
    ['[global]\nport = 20006\n', 'port', 20006],
    ['[global]\nrun as user =\n', 'runAsUser', 'netdata'],
    ['[cloud]\nproxy = socks5h://proxy:1080\n', 'proxy', 'socks5h://proxy:1080'],
  ] as const)('with %j have %s %s', async (text, name, value) => {
    const system = createFakeSystem(debianMachine({ files: { '/opt/netdata/etc/netdata/netdata.conf': text } }));
    expect(await agentSettings('/opt/netdata', system)).toMatchObject({ [name]: value });
  });

  describe('for root, where others than root can write them,', () => {
    const conf =
      '[global]\n run as user = root\n[directories]\n lib = /etc\n log = /root\n config = /etc/cron.d\n[web]\n default port = 20001\n' +
      '[registry]\n netdata unique id file = /etc/ld.so.preload\n[cloud]\n proxy = http://proxy:3128\n';
    const ada = { userId: 1000, groupId: 1000 };
    const path = '/opt/netdata/etc/netdata/netdata.conf';
    const ofAgent = {
      runAsUser: 'netdata',
      registryFile: '/opt/netdata/var/lib/netdata/registry/netdata.public.unique.id',
      logDirectory: '/opt/netdata/var/log/netdata',
      claimDirectory: '/opt/netdata/var/lib/netdata/cloud.d',
      claimConfigurationFile: '/opt/netdata/etc/netdata/claim.conf',
      ...{ port: 20001, proxy: 'http://proxy:3128' },
    };
    test.each<[string, Record<string, FakeEntry>, string]>([
      ['the file is', { [path]: { content: conf, owner: ada } }, `${path} belongs to ada.`],
      ['all can write the file', { [path]: { content: conf, mode: 0o646 } }, `Everybody can write ${path}.`],
      [
        'a group can write the file',
        { [path]: { content: conf, mode: 0o664, owner: { userId: 0, groupId: 7 } } },
        `The group with the number 7 can write ${path}.`,
      ],
      [
        'its directory is',
        { [path]: conf, '/opt/netdata/etc/netdata': { directory: true, owner: ada } },
        '/opt/netdata/etc/netdata belongs to ada.',
      ],
      ['what is above is', { [path]: conf, '/opt': { directory: true, owner: ada } }, '/opt belongs to ada.'],
      [
        'what a link leads to is',
        {
          '/opt/netdata/etc': { link: '/home/ada' },
          '/home/ada': { directory: true, owner: ada },
          '/home/ada/netdata/netdata.conf': conf,
        },
        '/home/ada belongs to ada.',
      ],
    ])('are no orders: %s', async (_, files, says) => {
      const settings = await agentSettings('/opt/netdata', createFakeSystem(debianMachine({ files })), 'claim.conf');
      expect(settings).toMatchObject(ofAgent);
      expect(settings.notFollowed).toBe(
        `The paths and the user in ${path} are not followed, because others than root can write there: ${says} The agent's own directories and user are used.`,
      );
    });

    test('are orders to that user, whose rights are no more', async () => {
      const files = { [path]: { content: conf, owner: ada } };
      const settings = await agentSettings('/opt/netdata', createFakeSystem({ ...debianMachine({ files }), owner: ada }));
      expect(settings).toMatchObject({ runAsUser: 'root', registryFile: '/etc/ld.so.preload', logDirectory: '/root' });
      expect(settings).not.toHaveProperty('notFollowed');
    });
  });

  test('of an agent up to 1.21 have the Cloud off, and the claim with the configuration', async () => {
    const system = createFakeSystem(debianMachine());
    expect(await agentSettings('', system, 'claim.d')).toMatchObject({
      cloudEnabled: false,
      claimDirectory: '/etc/netdata/claim.d',
    });
    const conf =
      '[global]\n netdata cloud = enable\n[cloud]\n cloud base url = https://cloud.test\n[directories]\n config = /conf\n';
    const opted = createFakeSystem(debianMachine({ files: { '/etc/netdata/netdata.conf': conf } }));
    expect(await agentSettings('', opted, 'claim.d')).toMatchObject({
      cloudEnabled: true,
      cloudBaseUrl: 'https://cloud.test',
      claimDirectory: '/conf/claim.d',
    });
  });

  test('of an agent from 2.0 on have the Cloud always on, and a claim.conf', async () => {
    const cloudConf = '[global]\n enabled = no\n url = https://cloud.test\n cloud base url = https://old.test\n';
    const system = createFakeSystem(debianMachine({ files: { '/var/lib/netdata/cloud.d/cloud.conf': cloudConf } }));
    expect(await agentSettings('', system)).toMatchObject({
      generation: 'claim.conf',
      cloudEnabled: true,
      cloudBaseUrl: 'https://cloud.test',
      claimConfigurationFile: '/etc/netdata/claim.conf',
      claimDirectory: '/var/lib/netdata/cloud.d',
    });
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
