import { describe, expect, it } from 'vitest';
import { unreadableCredentials } from '../../src/steps/unreadable-credentials.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const directory = '/x/var/lib/netdata/cloud.d';
const settings = { claimDirectory: directory, runAsUser: 'netdata' };
const netdata = { userId: 998, groupId: 997 };
const root = { userId: 0, groupId: 0 };
const runs = { processId: 40, startTicks: '7', user: { userId: 998, groupIds: [997, 4] } };

function credentials(file: { mode: number; owner: { userId: number; groupId: number } }, mode = 0o770) {
  return {
    [directory]: { directory: true, mode, owner: netdata },
    [`${directory}/claimed_id`]: { content: 'id', mode: 0o640, owner: netdata },
    [`${directory}/private.pem`]: { content: 'key', ...file },
  } as const;
}

function look(files: NonNullable<FakeSystemOptions['files']>, agent: Parameters<typeof unreadableCredentials>[1] = runs) {
  const passwd = 'root:x:0:0::/root:/bin/sh\nnetdata:x:998:997::/:/bin/false\n';
  return unreadableCredentials(settings, agent, createFakeSystem({ files: { '/etc/passwd': passwd, ...files } }));
}

describe('the files of a claim', () => {
  it.each([
    ['its user', { mode: 0o400, owner: netdata }],
    ['its group', { mode: 0o040, owner: { userId: 0, groupId: 997 } }],
    ['another group that it is in', { mode: 0o040, owner: { userId: 0, groupId: 4 } }],
    ['everybody', { mode: 0o004, owner: root }],
  ])('can be read by the agent when they are for %s', async (_, file) => {
    expect(await look(credentials(file))).toBeUndefined();
  });

  it('cannot be read when a restore gave them to root', async () => {
    expect(await look(credentials({ mode: 0o600, owner: root }))).toBe(
      `The agent runs as netdata and cannot read ${directory}/private.pem: it belongs to user 0 and group 0, with mode 0600.`,
    );
  });

  it('cannot be read by an owner whom the mode forbids it, though others may', async () => {
    expect(await look(credentials({ mode: 0o044, owner: netdata }))).toMatch(/mode 0044/);
  });

  it('cannot be read in a directory that the agent cannot enter', async () => {
    const files = {
      ...credentials({ mode: 0o600, owner: netdata }),
      [directory]: { directory: true, mode: 0o700, owner: root },
    } as const;
    expect(await look(files)).toMatch(/cannot read \/x\/var\/lib\/netdata\/cloud\.d: it belongs to user 0/);
  });

  it('are judged for an agent that does not run by the user that it will be', async () => {
    expect(await look(credentials({ mode: 0o600, owner: root }), undefined)).toMatch(/private\.pem/);
    expect(await look(credentials({ mode: 0o640, owner: netdata }), undefined)).toBeUndefined();
  });

  it('can all be read by an agent that runs as root', async () => {
    const agent = { processId: 40, startTicks: '7', user: { userId: 0, groupIds: [0] } };
    expect(await look(credentials({ mode: 0o600, owner: netdata }), agent)).toBeUndefined();
  });

  it('are nothing to complain of when there are none', async () => {
    expect(await look({})).toBeUndefined();
  });
});
