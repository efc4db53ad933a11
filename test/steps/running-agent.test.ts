import { expect, it } from 'vitest';
import { agentClaim } from '../../src/host/agent-claim.ts';
import { agentSettings } from '../../src/host/agent-configuration.ts';
import { type RunningAgent, runningAgent } from '../../src/steps/running-agent.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const cloud = '/x/var/lib/netdata/cloud.d';
const cloudDirectory = { [cloud]: { directory: true } } as const;
const claimed = { ...cloudDirectory, [`${cloud}/claimed_id`]: '11111111-1111-4111-8111-111111111111' };
const forgotten = { saysClaimed: false, remembers: false };

interface Machine {
  says?: { claimed: boolean; online?: boolean; report?: object } | 'nothing';
  files?: Record<string, FakeEntry>;
  version?: string;
  /** Of the process; the machine has been up for 1000 s. */
  startedSeconds?: number;
  stopped?: true;
  environment?: Record<string, string>;
}

async function look(machine: Machine) {
  const {
    says = { claimed: false },
    files = cloudDirectory,
    version = '1.31.0',
    startedSeconds,
    stopped,
    environment = {},
  } = machine;
  const info = says === 'nothing' ? {} : { 'agent-claimed': says.claimed, 'aclk-available': says.online ?? false };
  const report = says === 'nothing' ? undefined : says.report;
  const stat = `40 (netdata) S 1 ${'0 '.repeat(17)}${(startedSeconds ?? 0) * 100} 0`;
  const system = createFakeSystem({
    files: {
      ...files,
      '/proc/1/cmdline': '/sbin/init\0',
      ...(startedSeconds !== undefined && { '/proc/uptime': '1000.00 0\n' }),
    },
    commands: [{ program: '/x/usr/sbin/netdatacli', result: { exitCode: 255 } }],
    processes: stopped ? {} : { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'], environment } },
    http: [
      {
        url: /info$/,
        answer: says === 'nothing' ? { status: 404 } : { body: JSON.stringify({ version: `v${version}`, ...info }) },
      },
      { url: /aclk$/, answer: report === undefined ? { status: 404 } : { body: JSON.stringify(report) } },
    ],
  });
  if (!stopped && startedSeconds !== undefined) system.place('/proc/40/stat', stat);
  const settings = await agentSettings('/x', system, version.startsWith('2') ? 'claim.conf' : 'cloud.d');
  return runningAgent({ root: '/x', settings, claim: await agentClaim(settings, system), version }, system);
}

it.each<[string, Machine, Partial<RunningAgent> | undefined]>([
  ['that does not run', { stopped: true }, undefined],
  ['that was never claimed', {}, forgotten],
  ['that is claimed', { says: { claimed: true }, files: claimed }, { saysClaimed: true, remembers: true }],
  ['whose cloud.d is gone, and that says it is claimed', { says: { claimed: true }, files: {} }, { remembers: true }],
  ['whose cloud.d is gone, and that has heard of it', { files: {} }, { saysClaimed: false, remembers: true }],
  ['whose cloud.d is gone, and that does not answer', { says: 'nothing', files: {} }, { remembers: true }],
  ['that was unclaimed', { files: { [`${cloud}/cloud.conf`]: '[global]\n cloud base url = https://c\n' } }, { remembers: true }],
  [
    'that has tried to connect before',
    { says: { claimed: false, report: { 'next-connection-attempt-utc': '2026-11-20 12:01:00' } } },
    { remembers: true },
  ],
  ['that has not read its claim', { files: claimed }, forgotten],
  ['that does not answer and is claimed', { says: 'nothing', files: claimed }, { saysClaimed: false, remembers: true }],
  ['of 2.x that says it is not claimed', { version: '2.3.0', files: {} }, forgotten],
  ['of 2.x that does not answer', { version: '2.3.0', says: 'nothing' }, { saysClaimed: false, remembers: true }],
])('an agent %s has in memory what it may', async (_, machine, expected) => {
  if (expected === undefined) expect(await look(machine)).toBeUndefined();
  else expect(await look(machine)).toMatchObject(expected);
});

it.each([
  ['1.31.0', {}, true],
  ['1.31.0', { SSL_CERT_FILE: '/ca.pem' }, undefined],
  ['2.10.4', {}, true],
] as const)('an agent of %s with %j in its environment trusts the system only: %s', async (version, environment, expected) => {
  expect((await look({ version, environment }))?.trustsSystemOnly).toBe(expected);
});

// The fake clock begins at 2026-11-20T12:00:00Z.
const linkedAt = (time: string) => ({ claimed: true, online: true, report: { online: true, 'last-connect-time-utc': time } });

it.each<[string, Machine, number | undefined]>([
  ['1.37.1, 20 s after its start', { version: '1.37.1', startedSeconds: 980 }, 25],
  ['1.37.1, when that cannot be seen', { version: '1.37.1' }, 45],
  ['1.37.1, long after its start', { version: '1.37.1', startedSeconds: 900 }, undefined],
  [
    '1.37.1, long after its start and 10 s after its first link',
    { version: '1.37.1', startedSeconds: 900, says: linkedAt('2026-11-20 11:59:50'), files: claimed },
    35,
  ],
  ['1.36.0', { version: '1.36.0', startedSeconds: 980 }, 25],
  ['1.33.1', { version: '1.33.1', startedSeconds: 980 }, undefined],
  ['1.39.0', { version: '1.39.0', startedSeconds: 980 }, undefined],
])('an agent of %s may abort without its claim for so long', async (_, machine, seconds) => {
  expect((await look(machine))?.mayAbortSeconds).toBe(seconds);
});
