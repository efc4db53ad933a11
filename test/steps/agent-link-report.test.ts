import { expect, it } from 'vitest';
import type { AgentDoor } from '../../src/steps/agent-door.ts';
import { agentLinkReport } from '../../src/steps/agent-link-report.ts';
import { procFiles } from '../support/fake-proc.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const id = '1d39de1a-e4ce-11f1-aeea-02fc00000001';

function report(aclk: unknown, info: unknown) {
  const row = (path: string, body: unknown) => ({
    url: `http://127.0.0.1:20000${path}`,
    answer: body === undefined ? { status: 404 } : { body: typeof body === 'string' ? body : JSON.stringify(body) },
  });
  const process = { processId: 40, startTicks: '7', user: { userId: 0, groupIds: [0] } };
  const door: AgentDoor = { kind: 'web', process, inode: '4000', isSeen: true, url: 'http://127.0.0.1:20000' };
  const files = procFiles({ processId: 40, program: '/x/usr/sbin/netdata', startTicks: 7, listens: ['127.0.0.1:20000'] });
  return agentLinkReport(door, createFakeSystem({ files, http: [row('/api/v1/aclk', aclk), row('/api/v2/info', info)] }));
}

it('reads what agents from 1.34 on say of their link', async () => {
  const aclk = {
    'aclk-available': true,
    ...{ 'claimed-id': id, online: false, 'banned-by-cloud': true },
    ...{ 'last-connect-time-utc': '2026-11-20 09:00:01', 'last-disconnect-time-utc': '2026-11-20 10:00:02' },
    'next-connection-attempt-utc': '2026-11-20 10:01:00',
  };
  expect(await report(aclk, undefined)).toEqual({
    ...{ claimId: id, banned: true, since: '2026-11-20T10:00:02Z', nextAttempt: '2026-11-20T10:01:00Z' },
  });
  expect(await report({ ...aclk, online: true, 'banned-by-cloud': false }, undefined)).toMatchObject({
    since: '2026-11-20T09:00:01Z',
  });
});

it('reads what agents from 1.41 on say beyond that', async () => {
  const cloud = {
    status: 'banned',
    since: 1_700_000_000,
    reason: 'otp challenge decryption failed',
    claim_id: id,
    next_check: 1_700_000_060,
  };
  expect(await report(undefined, { agents: [{ cloud }] })).toEqual({
    ...{ claimId: id, banned: true, since: '2023-11-14T22:13:20Z', reason: 'otp challenge decryption failed' },
    nextAttempt: '2023-11-14T22:14:20Z',
  });
});

it.each([
  ['nothing', undefined, undefined],
  ['what is no JSON', '<html>', '['],
  ['other values than it should', { 'claimed-id': 5, 'last-disconnect-time-utc': 'yesterday' }, { agents: [7] }],
  ['empty values', { 'claimed-id': null, 'next-connection-attempt-utc': null }, { agents: [] }],
])('makes nothing of an agent that says %s', async (_, aclk, info) => {
  expect(await report(aclk, info)).toEqual({});
});

it('shows no control characters of what somebody else may have put there', async () => {
  const cloud = { reason: 'a\u001b[31mb\n' };
  expect(await report(undefined, { agents: [{ cloud }] })).toEqual({ reason: 'a\\x1b[31mb\\n' });
});
