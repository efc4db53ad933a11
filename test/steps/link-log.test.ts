import { describe, expect, it } from 'vitest';
import { lastLogLine } from '../../src/steps/link-log.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const logDirectory = '/x/var/log/netdata';
const [untrusted, refused] = ['Cert Chain verify error:num=20', 'MQTT CONNACK returned error 135'];

/** A machine with these logs, each so many minutes after the one before. */
function machine(
  logs: readonly (readonly [name: string, lines: readonly string[]])[],
  minutes = 1,
  more: FakeSystemOptions = {},
) {
  const system = createFakeSystem(more);
  for (const [name, lines] of logs) {
    system.place(`${logDirectory}/${name}`, lines.join('\n'));
    system.advance(minutes * 60_000);
  }
  return system;
}

describe('what the log of an agent says of its link', () => {
  it.each(['error.log', 'daemon.log'])('is found in %s', async (name) => {
    const lines = [refused, 'ACLK connection successfully established', untrusted, 'something else'];
    expect(await lastLogLine({ logDirectory }, machine([[name, lines]]))).toEqual({ logLine: untrusted });
  });

  it('is taken from the log that was written last', async () => {
    const logs = [['error.log', [refused]] as const, ['daemon.log', [untrusted]] as const];
    expect(await lastLogLine({ logDirectory }, machine(logs))).toEqual({ logLine: untrusted });
    expect(await lastLogLine({ logDirectory }, machine(logs.toReversed()))).toEqual({ logLine: refused });
  });

  it('is looked for in the other one too, unless that is of an earlier version or from before the link was up', async () => {
    const later = (line: string) => [['error.log', [refused]] as const, ['daemon.log', [line]] as const];
    expect(await lastLogLine({ logDirectory }, machine(later('started')))).toEqual({ logLine: refused });
    expect(await lastLogLine({ logDirectory }, machine(later('started'), 61))).toEqual({});
    expect(await lastLogLine({ logDirectory }, machine(later('ACLK connection successfully established')))).toEqual({});
  });

  it('is taken from the journal of its own process, without passwords, where there is one', async () => {
    const journal = {
      program: 'journalctl',
      arguments: ['--namespace=+netdata', '_PID=40', '--lines', '200', '--no-pager', '--quiet', '--output', 'cat'],
      result: { stdout: `${untrusted} for https://user:canary@cloud.example\n` },
    };
    const booted = { files: { '/run/systemd/system': { directory: true } as const }, commands: [journal] };
    const system = machine([['error.log', [refused]]], 1, booted);
    expect(await lastLogLine({ logDirectory, processId: 40 }, system)).toEqual({
      logLine: `${untrusted} for https://cloud.example`,
    });
    const silent = { ...booted, commands: [{ ...journal, result: { exitCode: 1 } }] };
    expect(await lastLogLine({ logDirectory, processId: 40 }, machine([['error.log', [refused]]], 1, silent))).toEqual({
      logLine: refused,
    });
  });

  it('is nothing without a log, and from a pipe in its place', async () => {
    expect(await lastLogLine({ logDirectory, processId: 40 }, machine([]))).toEqual({});
    expect(
      await lastLogLine({ logDirectory }, createFakeSystem({ files: { [`${logDirectory}/error.log`]: { directory: true } } })),
    ).toEqual({});
  });
});
