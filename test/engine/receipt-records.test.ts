import { describe, expect, test } from 'vitest';
import { pendingUndos, type ReceiptRecord, readReceipt, unendedRuns } from '../../src/engine/receipt-records.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const run = {
  record: 'run',
  schema: 1,
  runId: 'r1',
  goal: 'install',
  title: 'Install',
  version: '0.1.0',
  at: 1,
  created: [],
} as const;
const started = (id: string, runId = 'r1') =>
  ({ record: 'started', runId, id, kind: 'write-file', title: `Write ${id}`, undo: { id }, at: 2 }) as const;
const mark = (record: 'done' | 'undoing' | 'undone', id: string, runId = 'r1') => ({ record, runId, id, at: 3 }) as const;

describe('reading a receipt', () => {
  test('gives the records in their order, and none when there is no receipt', async () => {
    expect(await read(lines(run, started('a')))).toEqual([run, started('a')]);
    expect(await readReceipt('/state', createFakeSystem())).toEqual([]);
  });

  test('leaves out a last line that was cut off', async () => {
    expect(await read(`${lines(run)}{"record":"started","runI`)).toEqual([run]);
    expect(await read('{"rec')).toEqual([]);
  });

  test.each([
    ['a line that is no JSON', `${lines(run)}rubbish\n${lines(started('a'))}`],
    ['a line cut off in the middle of the file', `{"record":"run","sch\n${lines(started('a'))}`],
    ['a record without its fields', `${lines(run)}{"record":"started","id":"a"}\n`],
    ['a record that does not exist', `${lines(run)}{"record":"toString"}\n`],
    ['a line that is no object', `${lines(run)}null\n`],
    ['an empty line', `${lines(run)}\n`],
  ])('refuses %s', async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'RECEIPT_UNREADABLE' });
  });

  test('refuses, for root, a receipt that another user wrote, and one that is a link', async () => {
    const receipt = { content: lines(run), owner: { userId: 1000, groupId: 1000 } };
    const machines = [{ '/state/receipt.jsonl': receipt }, { '/state/receipt.jsonl': { link: '/tmp/receipt' } }];
    for (const files of machines) {
      await expect(readReceipt('/state', createFakeSystem({ files }))).rejects.toMatchObject({ code: 'RECEIPT_UNREADABLE' });
    }
    const planted = { '/home/ann': { directory: true, owner: receipt.owner }, '/home/ann/receipt.jsonl': lines(run) } as const;
    await expect(readReceipt('/home/ann', createFakeSystem({ files: planted }))).rejects.toMatchObject({
      why: '/home/ann belongs to the user with the number 1000. Root takes back only what root has done.',
    });
    const own = createFakeSystem({ files: { '/state/receipt.jsonl': receipt }, owner: { userId: 1000, groupId: 1000 } });
    expect(await readReceipt('/state', own)).toEqual([run]);
  });

  test('refuses a receipt of a newer kickstart and says so, and reads an older one', async () => {
    await expect(read(lines({ ...run, schema: 3 }))).rejects.toThrow('written by a newer kickstart');
    expect(await read(lines({ ...run, schema: 1 }))).toHaveLength(1);
  });
});

describe('what is still to be taken back', () => {
  test('is what was started and not undone, newest first', () => {
    const records = [
      run,
      started('a'),
      mark('done', 'a'),
      started('b'),
      mark('done', 'b'),
      started('c'),
      mark('done', 'c'),
      mark('undone', 'b'),
    ];
    expect(pendingUndos(records).map(({ id, halfDone }) => ({ id, halfDone }))).toEqual([
      { id: 'c', halfDone: false },
      { id: 'a', halfDone: false },
    ]);
  });

  test('is half-done when the step, or its undo, has no end', () => {
    const records = [run, started('a'), mark('done', 'a'), mark('undoing', 'a'), started('b')];
    expect(pendingUndos(records).map(({ id, halfDone }) => ({ id, halfDone }))).toEqual([
      { id: 'b', halfDone: true },
      { id: 'a', halfDone: true },
    ]);
  });

  test('tells the same step of two runs apart', () => {
    const records = [
      run,
      started('a'),
      mark('done', 'a'),
      { ...run, runId: 'r2' },
      started('a', 'r2'),
      mark('done', 'a', 'r2'),
      mark('undone', 'a', 'r2'),
    ];
    expect(pendingUndos(records)).toEqual([
      {
        runId: 'r1',
        id: 'a',
        kind: 'write-file',
        title: 'Write a',
        undo: { id: 'a' },
        temporary: false,
        evidence: false,
        halfDone: false,
      },
    ]);
  });
});

test('runs without an end were cut off', () => {
  const ended: ReceiptRecord = { record: 'ended', runId: 'r1', state: 'as-asked', at: 9 };
  expect(unendedRuns([run, ended, { ...run, runId: 'r2' }])).toEqual(['r2']);
});

function read(text: string) {
  return readReceipt('/state', createFakeSystem({ files: { '/state/receipt.jsonl': text } }));
}

function lines(...records: object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
