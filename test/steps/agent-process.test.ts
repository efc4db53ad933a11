import { describe, expect, it } from 'vitest';
import { agentProcess } from '../../src/steps/agent-process.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const program = '/x/usr/sbin/netdata';

function look(files: NonNullable<FakeSystemOptions['files']>) {
  return agentProcess('/x', createFakeSystem({ files }));
}

function process(id: number, parent: number, more: NonNullable<FakeSystemOptions['files']> = {}) {
  return { [`/proc/${id}/exe`]: { link: program }, [`/proc/${id}/stat`]: `${id} (net) data)) S ${parent} 0 0`, ...more };
}

describe('the agent that runs', () => {
  it('is found by its program, with the environment and the rights that it has now', async () => {
    const status = 'Name:\tnetdata\nUid:\t0\t998\t998\t998\nGid:\t0\t997\t997\t997\nGroups:\t4 44\n';
    const environ = 'SSL_CERT_FILE=/ca=1.pem\0=odd\0nothing\0http_proxy=\0';
    const agent = await look(process(40, 1, { '/proc/40/status': status, '/proc/40/environ': environ }));
    expect(agent).toEqual({
      processId: 40,
      environment: { SSL_CERT_FILE: '/ca=1.pem', http_proxy: '' },
      user: { userId: 998, groupIds: [997, 4, 44] },
    });
  });

  it('is the one that started the others', async () => {
    expect(await look({ ...process(30, 41), ...process(41, 1), ...process(52, 41) })).toEqual({ processId: 41 });
  });

  it('is also one whose program was replaced meanwhile', async () => {
    expect(await look({ ...process(40, 1), '/proc/40/exe': { link: `${program} (deleted)` } })).toEqual({ processId: 40 });
  });

  it('is also one whose program has another path here, because it was started below another root', async () => {
    const files = { ...process(40, 1), '/proc/40/exe': { link: '/there/bin' }, '/there': { link: '/x/usr/sbin' } };
    expect(await look({ ...files, [program]: 'ELF', '/x/usr/sbin/bin': { link: program } })).toEqual({ processId: 40 });
    expect(await look({ ...files, [program]: 'ELF', '/x/usr/sbin/bin': 'another' })).toBeUndefined();
  });

  it('is found by its command line where the program cannot be seen', async () => {
    expect(await look({ '/proc/40/cmdline': `${program}\0-D\0`, '/proc/40/stat': '40 (netdata) S 1 0' })).toEqual({
      processId: 40,
    });
  });

  it.each([
    ['below another root', { '/proc/40/exe': { link: '/y/usr/sbin/netdata' } }],
    ['in a container', { ...process(40, 1), '/proc/40/ns/pid': { link: 'pid:[2]' }, '/proc/self/ns/pid': { link: 'pid:[1]' } }],
    ['that has ended', { ...process(40, 1), '/proc/40/stat': '40 (netdata) Z 1 0' }],
    ['that only is an argument', { '/proc/40/cmdline': `tail\0${program}\0` }],
  ])('is none %s', async (_, files) => {
    expect(await look(files)).toBeUndefined();
  });

  it('is not known where there is no /proc', async () => {
    expect(await look({})).toBe('unknown');
  });
});
