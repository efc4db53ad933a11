import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pendingUndos, readReceipt } from '../../src/engine/receipt-records.ts';
import { undoAll } from '../../src/engine/undo.ts';
import { definitionOf } from '../../src/steps/step.ts';
import { createFakeSystem } from '../support/fake-system.ts';

// Written by real runs: an install with a claim, then an upgrade; from schema 2 on an unclaim too. They have to be understood for ever.
const fixtures = join(import.meta.dirname, '../fixtures/receipts');

describe.each(readdirSync(fixtures))('the receipt %s', (name) => {
  const machine = () =>
    createFakeSystem({
      files: { '/state/receipt.jsonl': readFileSync(join(fixtures, name), 'utf8') },
      // No user and no group of that name.
      commands: [{ program: 'getent', result: { exitCode: 2 } }],
    });

  it('is read, and every kind of change in it is known', async () => {
    const pending = pendingUndos(await readReceipt('/state', machine()));
    expect(pending.length).toBeGreaterThan(10);
    expect(pending.filter((entry) => definitionOf(entry) === undefined)).toEqual([]);
  });

  it('can be undone, also on a machine where all of it is gone already', async () => {
    const system = machine();
    const outcome = await undoAll({ system, stateDirectory: '/state', emit: () => {}, signal: new AbortController().signal });
    expect(outcome.error).toBeUndefined();
    expect(outcome).toMatchObject({ state: 'as-asked', changed: true });
    expect(await system.stat('/state/receipt.jsonl')).toBeUndefined();
  });
});
