import { describe, expect, it } from 'vitest';
import { earlierRun } from '../../src/cli/earlier-run.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const run = {
  ...{
    record: 'run',
    schema: 2,
    runId: 'r1',
    goal: 'claim',
    title: 'Claim the agent below /opt/netdata to https://cloud.example',
  },
  ...{ version: '0.1.0', at: 1, created: [] },
};
const step = (record: string, id: string) => ({
  record,
  runId: 'r1',
  id,
  kind: 'write-file',
  title: `Write ${id}`,
  undo: {},
  at: 2,
});
const ended = { record: 'ended', runId: 'r1', state: 'as-asked', at: 3 };

function left(records: readonly object[], more: Record<string, FakeEntry> = {}) {
  const content = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  return earlierRun('/state', createFakeSystem({ files: { '/state/receipt.jsonl': content, ...more } }));
}

describe('an earlier run', () => {
  it('that was killed is named, with what the next run takes back first', async () => {
    expect(await left([run, step('started', 'a'), step('done', 'a'), step('started', 'b'), step('started', 'c')])).toEqual({
      says: 'A run was cut off: Claim the agent below /opt/netdata to https://cloud.example. The next run first takes back what is half-done: Write c; Write b.',
      takesBack: ['Write c', 'Write b'],
    });
  });

  it('that was killed between two changes is gone on with', async () => {
    expect(await left([run, step('started', 'a'), step('done', 'a')])).toEqual({
      says: 'A run was cut off: Claim the agent below /opt/netdata to https://cloud.example. No change of it is half-done: the next run goes on from there.',
      takesBack: [],
    });
  });

  it('that has ended is nothing to say, unless an undo was cut off since', async () => {
    const whole = [run, step('started', 'a'), step('done', 'a'), ended];
    expect(await left(whole)).toBeUndefined();
    expect(await left([...whole, step('undoing', 'a')])).toEqual({
      says: 'An uninstall was cut off, or a run could not take all of its changes back. The next run first takes back what is half-done: Write a.',
      takesBack: ['Write a'],
    });
  });

  it('that goes on now is not cut off', async () => {
    const lock = { '/state/running-200-8000': { link: 'now' }, '/proc/self/stat': '1 (x) S' };
    const alive = `200 (kickstart) S ${'0 '.repeat(18)}8000 0`;
    expect(await left([run, step('started', 'a')], { ...lock, '/proc/200/stat': alive })).toBeUndefined();
    expect(await left([run, step('started', 'a')], lock)).toMatchObject({ takesBack: ['Write a'] });
  });

  it('of which nobody knows, or whose receipt is damaged', async () => {
    expect(await earlierRun('/state', createFakeSystem())).toBeUndefined();
    expect(await left([{ record: 'rubbish' }])).toMatchObject({
      says: expect.stringMatching(/receipt\.jsonl:1 is not a record\..* RECEIPT_UNREADABLE/),
    });
  });
});
