import { describe, expect, it } from 'vitest';
import { agentProcess } from '../../src/steps/agent-process.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const program = '/x/usr/sbin/netdata';

function look(files: NonNullable<FakeSystemOptions['files']>) {
  return agentProcess('/x', createFakeSystem({ files }));
}

function stat(id: number, parent: number, state = 'S') {
  return `${id} (net) data)) ${state} ${parent} ${'0 '.repeat(17)}77 0`;
}

function status(userId: number) {
  return `Name:\tnetdata\nUid:\t0\t${userId}\t${userId}\t${userId}\nGid:\t0\t997\t997\t997\nGroups:\t4 44\n`;
}

function process(id: number, parent: number, more: NonNullable<FakeSystemOptions['files']> = {}) {
  return {
    '/etc/passwd': 'netdata:x:998:997::/:/bin/false\n',
    [`/proc/${id}/exe`]: { link: program },
    ...{ [`/proc/${id}/stat`]: stat(id, parent), [`/proc/${id}/status`]: status(998) },
    ...more,
  };
}

const found = { processId: 40, startTicks: '77', user: { userId: 998, groupIds: [997, 4, 44] } };

describe('the agent that runs', () => {
  it('is found by its program, with the environment and the rights that it has now', async () => {
    const environ = 'SSL_CERT_FILE=/ca=1.pem\0=odd\0nothing\0http_proxy=\0';
    const agent = await look(process(40, 1, { '/proc/40/environ': environ }));
    expect(agent).toEqual({ ...found, environment: { SSL_CERT_FILE: '/ca=1.pem', http_proxy: '' } });
  });

  it('is the one that started the others', async () => {
    expect(await look({ ...process(30, 41), ...process(41, 1), ...process(52, 41) })).toMatchObject({ processId: 41 });
  });

  it('is also one whose program was replaced meanwhile', async () => {
    expect(await look({ ...process(40, 1), '/proc/40/exe': { link: `${program} (deleted)` } })).toEqual({
      ...found,
      isReplaced: true,
    });
  });

  it('is also one whose program has another path here, because it was started below another root', async () => {
    const files = { ...process(40, 1), '/proc/40/exe': { link: '/there/bin' }, '/there': { link: '/x/usr/sbin' } };
    expect(await look({ ...files, [program]: 'ELF', '/x/usr/sbin/bin': { link: program } })).toEqual(found);
    expect(await look({ ...files, [program]: 'ELF', '/x/usr/sbin/bin': 'another' })).toBeUndefined();
  });

  it('is found by its command line where the program cannot be seen', async () => {
    const { '/proc/40/exe': _, ...files } = process(40, 1);
    expect(await look({ ...files, '/proc/40/cmdline': `${program}\0-D\0` })).toEqual(found);
  });

  it.each([
    ['below another root', { '/proc/40/exe': { link: '/y/usr/sbin/netdata' } }],
    ['in a container', { ...process(40, 1), '/proc/40/ns/pid': { link: 'pid:[2]' }, '/proc/self/ns/pid': { link: 'pid:[1]' } }],
    [
      'with its path in a world of its own',
      { ...process(40, 1), '/proc/40/ns/mnt': { link: 'mnt:[2]' }, '/proc/self/ns/mnt': { link: 'mnt:[1]' } },
    ],
    ['that has ended', process(40, 1, { '/proc/40/stat': stat(40, 1, 'Z') })],
    ['that another user has started', process(40, 1, { '/proc/40/status': status(1000) })],
    ['that only is an argument', { '/proc/40/cmdline': `tail\0${program}\0` }],
  ])('is none %s', async (_, files) => {
    expect(await look(files)).toBeUndefined();
  });

  it('is the one of root and of whom its settings name, however many others have started its program', async () => {
    const conf = {
      '/x/etc/netdata/netdata.conf': '[global]\n run as user = monitor\n',
      '/etc/passwd': 'monitor:x:700:700::/:/bin/sh\n',
    };
    const stranger = process(30, 1, { '/proc/30/status': status(1000) });
    expect(await look({ ...stranger, ...process(40, 1, { '/proc/40/status': status(700) }), ...conf })).toMatchObject({
      processId: 40,
    });
    expect(await look({ ...stranger, ...process(40, 1, { '/proc/40/status': status(0) }), ...conf })).toMatchObject({
      processId: 40,
    });
  });

  it('is a static build, whose program is started by a script', async () => {
    const files = {
      '/x/bin/netdata': { content: '#!/bin/bash', mode: 0o755 },
      '/x/bin/srv/netdata': { content: 'ELF', mode: 0o755 },
      ...process(40, 1, { '/proc/40/exe': { link: '/x/bin/srv/netdata' } }),
    };
    expect(await look(files)).toEqual(found);
    expect(await look({ ...files, '/x/usr/sbin': { link: '../bin' } })).toEqual(found);
  });

  it('is not known to a user from whom /proc hides the processes of others', async () => {
    const owner = { userId: 1000, groupId: 1000 };
    const hidden = createFakeSystem({ owner, files: { '/proc/77/cmdline': 'sh\0' } });
    expect(await agentProcess('/x', hidden)).toBe('unknown');
    const shown = createFakeSystem({ owner, files: { '/proc/77/cmdline': 'sh\0', '/proc/1/cmdline': 'init\0' } });
    expect(await agentProcess('/x', shown)).toBeUndefined();
  });

  it('is not known where there is no /proc', async () => {
    expect(await look({})).toBe('unknown');
  });
});
