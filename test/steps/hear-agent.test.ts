import { describe, expect, it } from 'vitest';
import { agentSettings } from '../../src/host/agent-configuration.ts';
import { hearAgent } from '../../src/steps/hear-agent.ts';
import { type FakeProcess, procFiles, socketTables } from '../support/fake-proc.ts';
import { createFakeSystem, type FakeHttp, type FakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const guid = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
const otherGuid = '2d39de1a-e4ce-11f1-aeea-02fc00000002';
const ann = { userId: 1000, groupId: 1000 };
const online = {
  ...{ version: 'v1.37.1', uid: guid },
  ...{ 'cloud-enabled': true, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true },
};

interface Machine extends Pick<FakeSystemOptions, 'owner' | 'commands'> {
  /** Below [web]. */
  web?: string;
  /** false: it does not run. */
  runs?: false;
  agent?: Partial<FakeProcess>;
  /** Of our own network, where they are not the agent's. */
  others?: readonly string[];
  http?: readonly FakeHttp[];
  files?: FakeSystemOptions['files'];
}

function machine({ web = '', runs, agent, others = [], http = [], files, owner, commands }: Machine): FakeSystem {
  const listens = agent?.listens ?? ['0.0.0.0:19999'];
  const process = procFiles({ processId: 40, program: '/x/usr/sbin/netdata', startTicks: 7, userId: 998, ...agent, listens });
  const inTheWay = others.map((place, index) => ({ place, inode: 9000 + index, userId: 1000 }));
  const own = listens.map((place, index) => ({ place, inode: 4000 + index, userId: 998 }));
  return createFakeSystem({
    ...(owner && { owner }),
    ...(commands && { commands }),
    files: {
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nnetdata:x:998:998::/:/bin/false\nann:x:1000:1000::/:/bin/sh\n',
      '/x/etc/netdata/netdata.conf': `[web]\n${web}\n`,
      '/x/var/lib/netdata/registry/netdata.public.unique.id': guid,
      '/proc/1/cmdline': 'init\0',
      '/x/usr/sbin/netdata': { content: 'ELF', mode: 0o755 },
      ...(runs === false ? {} : { ...process, ...socketTables('/proc/40', [...own, ...inTheWay]) }),
      ...socketTables('/proc/self', inTheWay),
      ...files,
    },
    http,
  });
}

async function hear(given: Machine | FakeSystem) {
  const system = 'readText' in given ? given : machine(given);
  return { ...(await hearAgent({ root: '/x', settings: await agentSettings('/x', system, 'cloud.d') }, system)), system };
}

function says(url: string, info: object = online): FakeHttp {
  return { url, answer: { body: JSON.stringify(info) } };
}

describe('an agent is heard', () => {
  it.each<[string, string, readonly string[], string]>([
    ['nothing special', '', ['0.0.0.0:19999', '[::]:19999'], 'http://127.0.0.1:19999'],
    [
      'another address of the machine',
      ' bind to = 127.0.0.2\n default port = 28999',
      ['127.0.0.2:28999'],
      'http://127.0.0.2:28999',
    ],
    ['IPv6', ' bind to = [::1]:28999', ['[::1]:28999'], 'http://[::1]:28999'],
    ['a list', ' bind to = 127.0.0.2:28998 127.0.0.1:28999', ['127.0.0.2:28998', '127.0.0.1:28999'], 'http://127.0.0.2:28998'],
    ['a name', ' bind to = agent.example:20000=dashboard', ['10.0.0.5:20000'], 'http://10.0.0.5:20000'],
    [
      'a place for streams before the one for people',
      ' bind to = *:20001=streaming *:20002=dashboard',
      ['0.0.0.0:20001', '0.0.0.0:20002'],
      'http://127.0.0.1:20002',
    ],
    [
      'settings that have changed since it was started',
      ' bind to = *:20003',
      ['127.0.0.1:8125', '0.0.0.0:19999'],
      'http://127.0.0.1:19999',
    ],
  ])('where it listens, with %s', async (_, web, listens, url) => {
    const hearing = await hear({ web, agent: { listens }, http: [says(`${url}/api/v1/info`)] });
    expect(hearing).toMatchObject({
      kind: 'heard',
      process: { processId: 40 },
      door: { url },
      info: { version: 'v1.37.1', guid },
    });
    expect(hearing.system.requests).toMatchObject([{ proxy: 'none', redirects: 'return' }]);
  });

  it('when it is a parent of thousands of others, and names them all', async () => {
    const { system } = await hear({ http: [says('http://127.0.0.1:19999/api/v1/info')] });
    const children = Array.from({ length: 20_000 }, () => ({ hostname: 'a', hops: 1, guid, node_id: guid, claim_id: guid }));
    expect(JSON.stringify({ ...online, mirrored_hosts_status: children }).length).toBeLessThan(
      system.requests[0]?.maximumBytes ?? 1024 * 1024,
    );
  });

  it('at a unix socket of its web server', async () => {
    const web = ' bind to = unix:/run/netdata/web.sock';
    const { system, ...hearing } = await hear({
      ...{ web, agent: { listens: ['/run/netdata/web.sock'] } },
      http: [says('http://localhost/api/v1/info')],
    });
    expect(hearing).toMatchObject({ kind: 'heard', door: { socketPath: '/run/netdata/web.sock' } });
    expect(system.requests[0]).toMatchObject({ socketPath: '/run/netdata/web.sock' });
  });

  it('by TLS where it wants that, whatever certificate it has', async () => {
    const secure = 'https://127.0.0.1:19999/api/v1/info';
    const http = [
      { url: 'http://127.0.0.1:19999/api/v1/info', answer: { status: 301, headers: { location: secure } } },
      says(secure),
    ];
    const { system, ...hearing } = await hear({ http });
    expect(hearing.kind).toBe('heard');
    expect(system.requests.at(-1)).toMatchObject({ url: secure, insecure: true });
  });

  it.each([
    ['it has no web server', ' mode = none', []],
    ['its web server refuses this machine', '', [{ url: /:19999/, answer: { status: 403 } }]],
  ] as const)('at its control pipe where %s', async (_, web, http) => {
    const pipe = '/x/var/run/netdata/netdata.pipe';
    const state = {
      ...{ 'aclk-available': true, 'agent-claimed': true, 'claimed-id': guid, online: true },
      'node-instances': [{ mguid: otherGuid }, { relationship: 'self', mguid: guid }],
    };
    const { system, ...hearing } = await hear({
      ...{ web, agent: { listens: [...(web === '' ? ['0.0.0.0:19999'] : []), pipe] }, http },
      commands: [
        { program: '/x/usr/sbin/netdatacli', arguments: ['aclk-state', 'json'], result: { stdout: JSON.stringify(state) } },
      ],
    });
    expect(hearing).toMatchObject({
      kind: 'heard',
      door: { kind: 'pipe', path: pipe },
      info: { claimed: true, online: true, guid },
    });
    expect(system.commandsGiven[0]?.environment).toEqual({
      NETDATA_PIPENAME: pipe,
      NETDATA_RUN_DIR: '/x/var/run/netdata',
    });
  });

  it('by who may not look into its process, when the socket is of its user and the machine GUID is right', async () => {
    const http = [says('http://127.0.0.1:19999/api/v1/info')];
    expect(await hear({ owner: ann, agent: { showsSockets: false }, http })).toMatchObject({
      kind: 'heard',
      door: { isSeen: false },
    });
  });
});

describe('nobody else is believed', () => {
  const url = 'http://127.0.0.1:19999/api/v1/info';

  it('who answers on its port while it does not run', async () => {
    const files = { '/proc/77/fd/3': { link: 'socket:[9000]' }, '/proc/77/comm': 'python3\n' };
    const { system, ...hearing } = await hear({ runs: false, others: ['127.0.0.1:19999'], http: [says(url)], files });
    expect(hearing).toEqual({
      kind: 'unheard',
      process: undefined,
      reason: {
        kind: 'stopped',
        seen: 'The agent does not run: there is no process of /x/usr/sbin/netdata. 127.0.0.1:19999 is held by python3 (process 77, user ann), which is not this agent.',
        fix: 'Stop the other program, or set another port below [web] in /x/etc/netdata/netdata.conf; then start the agent.',
      },
    });
    expect(system.requests).toEqual([]);
  });

  it('who answers on its port while it listens elsewhere, or nowhere', async () => {
    const { system, ...hearing } = await hear({ agent: { listens: [] }, others: ['127.0.0.1:19999'], http: [says(url)] });
    expect(hearing).toMatchObject({
      reason: {
        kind: 'silent',
        seen: 'The agent runs as process 40. It does not answer on port 19999, nor at its control pipe. 127.0.0.1:19999 is held by another program (user ann).',
      },
    });
    expect(system.requests).toEqual([]);
  });

  it('who listens at the very address that the agent listens at among all', async () => {
    const { system, kind } = await hear({ others: ['127.0.0.1:19999'], http: [says(url)] });
    expect(kind).toBe('unheard');
    expect(system.requests).toEqual([]);
  });

  it('who starts the program of the agent as another user', async () => {
    expect(await hear({ agent: { userId: 1000 }, http: [says(url)] })).toMatchObject({ reason: { kind: 'stopped' } });
  });

  it('who got the port while the question was on its way', async () => {
    const system = machine({
      http: [
        {
          url,
          answer: () => {
            system.remove('/proc/40');
            return { body: JSON.stringify(online) };
          },
        },
      ],
    });
    expect((await hear(system)).kind).toBe('unheard');
  });

  it('who took the socket over from a process that still runs', async () => {
    const system = machine({
      http: [
        {
          url,
          answer: () => {
            system.remove('/proc/40/fd/3');
            return { body: JSON.stringify(online) };
          },
        },
      ],
    });
    expect((await hear(system)).kind).toBe('unheard');
  });

  it('that is the agent of another machine GUID', async () => {
    const http = [says(url, { ...online, uid: otherGuid })];
    expect(await hear({ http })).toMatchObject({ kind: 'unheard', reason: { kind: 'another' } });
  });

  it('but the agent whose machine GUID was changed on the disk, and whose claim is the one there', async () => {
    const files = { '/x/var/lib/netdata/cloud.d/claimed_id': guid };
    const hosts = [{ guid: otherGuid, claim_id: guid.toUpperCase() }];
    const http = [says(url, { ...online, uid: otherGuid, mirrored_hosts_status: hosts })];
    expect(await hear({ files, http })).toMatchObject({ kind: 'heard' });
  });

  it.each([
    ['the machine GUID cannot be read', { agent: { showsSockets: false } }, '', 'unproven'],
    ['the socket is of another user', { agent: { showsSockets: false }, foreign: true }, guid, 'silent'],
  ])('by who may not look into its process and %s', async (_, { agent, ...more }, onDisk, kind) => {
    const files = {
      '/x/var/lib/netdata/registry/netdata.public.unique.id': onDisk,
      ...('foreign' in more ? socketTables('/proc/40', [{ place: '0.0.0.0:19999', inode: 4000, userId: 1001 }]) : {}),
    };
    expect(await hear({ owner: ann, agent, files, http: [says(url)] })).toMatchObject({ kind: 'unheard', reason: { kind } });
  });
});

it.each([
  [0, 'Whether the agent runs cannot be seen: there is no process in /proc.', /^Mount it: mount -t proc proc \/proc;/],
  [
    1000,
    'Whether the agent runs cannot be seen by user 1000: /proc does not show the processes of others.',
    /^Run kickstart as root/,
  ],
])('user %s is told why no process is seen, and what helps', async (userId, seen, fix) => {
  const commands = [{ program: 'id', result: { stdout: 'ann\n' } }];
  const heard = await hear(createFakeSystem({ files: {}, commands, owner: { userId, groupId: userId } }));
  expect(heard).toMatchObject({ kind: 'unheard', reason: { kind: 'unproven', seen, fix: expect.stringMatching(fix) } });
});
