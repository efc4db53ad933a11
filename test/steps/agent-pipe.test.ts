import { describe, expect, it } from 'vitest';
import { agentPipe, netdatacli } from '../../src/steps/agent-pipe.ts';
import { procFiles, socketTables } from '../support/fake-proc.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const shared = '/tmp/netdata-ipc';
const agent = { processId: 40, startTicks: '7', user: { userId: 998, groupIds: [998] } };
const own = { place: shared, inode: 4000, userId: 998 };

/** Two processes that listen at one path, which the second one has if it was started later. */
function machine({ ticks = 9, userId = 998 } = {}) {
  const other = { place: shared, inode: 5000, userId };
  const process = (processId: number, startTicks: number) =>
    procFiles({ processId, startTicks, program: '/y/usr/sbin/netdata', userId: 998, listens: [shared] });
  return createFakeSystem({
    files: {
      [shared]: { content: '', owner: { userId: 998, groupId: 998 } },
      ...process(40, 7),
      ...process(50, ticks),
      ...socketTables('/proc/40', [own, other]),
      '/proc/50': { directory: true, owner: { userId, groupId: userId } },
    },
  });
}

describe('the control pipe of an agent', () => {
  it('is the one that its own process listens at', async () => {
    const pipe = '/x/var/run/netdata/netdata.pipe';
    const files = procFiles({ processId: 40, startTicks: 7, program: '/x/usr/sbin/netdata', listens: ['0.0.0.0:19999', pipe] });
    expect(await agentPipe(agent, createFakeSystem({ files }))).toEqual({ kind: 'own', path: pipe, inode: '4001', isSeen: true });
  });

  it('is not its own where an agent that was started later has taken the path', async () => {
    expect(await agentPipe(agent, machine())).toEqual({
      kind: 'not-own',
      why: 'The control pipe /tmp/netdata-ipc belongs to process 50, which was started after process 40 of this agent.',
    });
  });

  it('is its own where the other was started earlier, or has that path in a world of its own', async () => {
    expect(await agentPipe(agent, machine({ ticks: 3 }))).toMatchObject({ kind: 'own', path: shared });
    expect(await agentPipe(agent, machine({ userId: 1000 }))).toMatchObject({ kind: 'own', path: shared });
  });

  it('is none where somebody else alone listens at the usual path', async () => {
    const files = {
      ...procFiles({ processId: 40, startTicks: 7, program: '/x/usr/sbin/netdata' }),
      ...socketTables('/proc/40', [{ place: shared, inode: 5000, userId: 1000 }]),
    };
    expect(await agentPipe(agent, createFakeSystem({ files }))).toEqual({
      kind: 'not-own',
      why: 'Process 40 of the agent does not listen at a control pipe.',
    });
  });

  it('is, for who may not look into the process, the one whose file belongs to its user', async () => {
    const look = (userId: number) => {
      const process = procFiles({
        processId: 40,
        startTicks: 7,
        program: '/x/usr/sbin/netdata',
        listens: [shared],
        showsSockets: false,
      });
      const files = { ...process, [shared]: { content: '', owner: { userId, groupId: userId } } };
      return agentPipe(agent, createFakeSystem({ files, owner: { userId: 1000, groupId: 1000 } }));
    };
    expect(await look(998)).toMatchObject({ kind: 'own', path: shared, isSeen: false });
    expect(await look(1001)).toMatchObject({ kind: 'not-own' });
  });
});

it('netdatacli hears of the pipe in the words of every version', async () => {
  const system = createFakeSystem({});
  expect((await netdatacli('/x', '/x/var/run/netdata/netdata.pipe', ['ping'], system)).environment).toEqual({
    NETDATA_PIPENAME: '/x/var/run/netdata/netdata.pipe',
    NETDATA_RUN_DIR: '/x/var/run/netdata',
  });
  expect((await netdatacli('', shared, ['ping'], system)).environment).toEqual({ NETDATA_PIPENAME: shared });
  expect((await netdatacli('', undefined, ['ping'], system)).environment).toEqual({});
});
