import { describe, expect, test } from 'vitest';
import { openReceipt, type Receipt } from '../../src/engine/receipt.ts';
import { readReceipt } from '../../src/engine/receipt-records.ts';
import { Secret } from '../../src/system/secret.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';

const run = { runId: 'r1', goal: 'install', title: 'Install', version: '0.1.0' } as const;
const step = { id: 'a', kind: 'write-file', title: 'Write a', undo: { path: '/a' }, temporary: false, evidence: false };

describe('a receipt', () => {
  test('makes the directories it needs and takes them away when the last change is undone', async () => {
    const system = createFakeSystem({ files: { '/opt': { directory: true } } });
    const tree = system.tree();
    const receipt = await opened(system, '/opt/netdata/var/kickstart');
    await receipt.started(step);
    await receipt.done('a');
    expect(system.tree()).toMatchObject({
      '/opt/netdata': 'directory 0755 0:0',
      '/opt/netdata/var': 'directory 1755 0:0',
      '/opt/netdata/var/kickstart': 'directory 0700 0:0',
    });
    for (const entry of receipt.pending()) await receipt.undone(entry);
    await receipt.end('as-asked');
    expect(system.tree()).toEqual(tree);
  });

  test('leaves a state directory that was there before, empty as it was', async () => {
    const system = createFakeSystem({ files: { '/opt/state': { directory: true, mode: 0o755 } } });
    const tree = system.tree();
    await (await opened(system, '/opt/state')).end('as-asked');
    expect(system.tree()).toEqual(tree);
  });

  test('holds no secret, even when an undo has one by mistake', async () => {
    const system = createFakeSystem();
    const receipt = await opened(system, '/state');
    await receipt.started({ ...step, undo: { token: new Secret('s3cret') } });
    expect(system.readText('/state/receipt.jsonl')).toContain('[hidden]');
    expect(system.readText('/state/receipt.jsonl')).not.toContain('s3cret');
  });

  test('writes records that come at the same time one after the other', async () => {
    const system = createFakeSystem();
    let writing = 0;
    const appendLine = async (path: string, line: string) => {
      expect(++writing).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      await system.appendLine(path, line);
      writing--;
    };
    const receipt = await opened({ ...system, appendLine }, '/state');
    await Promise.all(['a', 'b', 'c'].map((id) => receipt.started({ ...step, id })));
    expect((await readReceipt('/state', system)).map(({ record }) => record)).toEqual(['run', 'started', 'started', 'started']);
  });

  test('goes on behind a line that was cut off', async () => {
    const system = createFakeSystem();
    await (await opened(system, '/state')).started(step);
    system.place('/state/receipt.jsonl', `${system.readText('/state/receipt.jsonl')}{"record":"do`);
    const again = await openReceipt('/state', system);
    await again.begin({ ...run, runId: 'r2' });
    await again.started({ ...step, id: 'b' });
    const records = await readReceipt('/state', system);
    expect(records.map(({ record, runId }) => `${record} ${runId}`)).toEqual(['run r1', 'started r1', 'run r2', 'started r2']);
  });
});

async function opened(system: FakeSystem, stateDirectory: string): Promise<Receipt> {
  const receipt = await openReceipt(stateDirectory, system);
  await receipt.begin(run);
  return receipt;
}
