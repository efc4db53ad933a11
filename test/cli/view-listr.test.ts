import { expect, test } from 'vitest';
import { viewListr } from '../../src/cli/view-listr.ts';
import type { Outcome, RunEvent } from '../../src/engine/events.ts';
import { KickstartError } from '../../src/errors.ts';
import type { Plan } from '../../src/plan/plan.ts';

const at = 0;
const missing = new KickstartError('FETCH_FAILED', { what: 'It is \u001b[31mnot there.', why: 'why.', next: 'next.' });

/** Each inner list is a stage. */
function planOf(...stages: string[][]): Plan {
  const steps = (ids: string[]) => ids.map((id) => ({ id, step: {} as never, reason: '' }));
  return {
    goal: 'install',
    title: 'Install Netdata',
    decisions: [],
    stages: stages.map((ids) => ({ title: 'Stage', atOnce: 2, steps: steps(ids) })),
  };
}

const start = (id: string): RunEvent => ({ event: 'step-started', at, id, title: `Make ${id}` });
const done = (id: string, seconds = 0.5): RunEvent => ({ event: 'step-done', at, id, seconds });
const stage: RunEvent = { event: 'stage-started', at, title: 'Stage' };
const end = (state: Outcome['state']): RunEvent => ({
  event: 'run-ended',
  at,
  seconds: 2,
  outcome: { state, changed: true, warnings: [], proofs: [] },
});

test('leaves a row for each step on the screen, in the order of the plan', async () => {
  const plan = planOf(['a', 'b'], ['c']);
  const steps = [stage, start('a'), start('b'), done('b'), done('a', 12.3), stage, start('c'), done('c')];
  expect(await screen({ event: 'run-started', at, plan }, ...steps, end('as-asked'))).toEqual([
    'Install Netdata',
    '✔ Make a (12.30 s)',
    '✔ Make b (0.50 s)',
    '✔ Make c (0.50 s)',
    'Done (2.00 s).',
  ]);
});

test('says what is already so, what is left out, and what was proved', async () => {
  const plan = planOf(['a'], ['b'], ['c'], ['d']);
  const events: RunEvent[] = [
    ...[stage, start('a'), { event: 'step-already-so', at, id: 'a' } as const],
    ...[stage, start('b'), { event: 'step-skipped', at, id: 'b', because: 'No compiler.' } as const],
    ...[stage, start('c'), { event: 'step-proved', at, id: 'c', text: 'It is online.', seconds: 0.42 } as const, done('c')],
    ...[stage, start('d'), { event: 'step-warned', at, id: 'd', text: 'It was not told.' } as const, done('d')],
  ];
  expect(await screen({ event: 'run-started', at, plan }, ...events, end('as-asked'))).toEqual([
    'Install Netdata',
    '✔ Make a: already so',
    '⚠ Make b: No compiler.',
    '✔ Make c (0.50 s)',
    '  › ✓ It is online. (0.42 s)',
    '⚠ Make d (0.50 s)',
    '  ↓ ! It was not told.',
    'Done (2.00 s).',
  ]);
});

test('an optional step that fails ends nothing', async () => {
  const failed: RunEvent = { event: 'step-failed', at, id: 'a', error: missing, optional: 'Going on without Cloud.' };
  const events = [stage, start('a'), failed, stage, start('b'), done('b')];
  expect(await screen({ event: 'run-started', at, plan: planOf(['a'], ['b']) }, ...events, end('as-asked'))).toEqual([
    'Install Netdata',
    '✖ Make a',
    '  › It is \\x1b[31mnot there.',
    '    Going on without Cloud.',
    '✔ Make b (0.50 s)',
    'Done (2.00 s).',
  ]);
});

test('after a failure the steps that were not reached have no row, and the undo is told below', async () => {
  const failed: RunEvent = { event: 'step-failed', at, id: 'b', error: missing };
  const undo: RunEvent[] = [
    { event: 'undo-started', at, reason: 'Taking back what was done.' },
    { event: 'step-undone', at, id: 'a', title: 'Make a' },
  ];
  const events = [stage, start('a'), done('a'), stage, start('b'), failed, ...undo];
  expect(await screen({ event: 'run-started', at, plan: planOf(['a'], ['b'], ['c']) }, ...events, end('undone'))).toEqual([
    'Install Netdata',
    '✔ Make a (0.50 s)',
    '✖ Make b',
    '  › It is \\x1b[31mnot there.',
    'Taking back what was done.',
    '  Taken back: Make a',
    'Not done; what was changed is taken back (2.00 s).',
  ]);
});

test('what an earlier run left is taken back above the list', async () => {
  const undo: RunEvent[] = [
    { event: 'undo-started', at, reason: 'Taking back a half-done step.' },
    { event: 'step-undone', at, id: 'a', title: 'Make a' },
  ];
  expect(
    await screen({ event: 'run-started', at, plan: planOf(['a']) }, ...undo, stage, start('a'), done('a'), end('as-asked')),
  ).toEqual(['Install Netdata', 'Taking back a half-done step.', '  Taken back: Make a', '✔ Make a (0.50 s)', 'Done (2.00 s).']);
});

test('an uninstall, which has no plan, is lines', async () => {
  const undone: RunEvent = { event: 'step-undone', at, id: 'a', title: 'Make a' };
  expect(await screen(undone, end('as-asked'))).toEqual(['  Taken back: Make a', 'Done (2.00 s).']);
});

test('finishing in the middle of a step shows the cursor again and leaves no signal listener', async () => {
  const listeners = process.listenerCount('SIGINT');
  const output = await draw([{ event: 'run-started', at, plan: planOf(['a']) }, stage, start('a')]);
  expect(output.lastIndexOf('\u001b[?25h')).toBeGreaterThan(output.lastIndexOf('\u001b[?25l'));
  expect(process.listenerCount('SIGINT')).toBe(listeners);
});

async function draw(events: readonly RunEvent[]): Promise<string> {
  let output = '';
  const view = viewListr({
    write: (text) => {
      output += text;
    },
    columns: 80,
  });
  for (const event of events) view.draw(event);
  await view.finish();
  return output;
}

/** What stays on the screen: listr2 wipes its list with a row of "erase line, go up" and prints it once more at the end. */
async function screen(...events: RunEvent[]): Promise<string[]> {
  const rows: string[] = [''];
  let row = 0;
  for (const [, control, text] of (await draw(events)).matchAll(/(\p{Cc}\[\??\d*[A-Za-z]|\n)|(\P{Cc}+)/gu)) {
    if (text !== undefined) rows[row] = (rows[row] ?? '') + text;
    if (control === '\n') row += 1;
    if (control?.endsWith('A')) row -= Number(control.slice(2, -1));
    if (control?.endsWith('B')) row += Number(control.slice(2, -1));
    if (control === '\u001b[2K') rows[row] = '';
    rows[row] ??= '';
  }
  return rows.filter((line) => line !== '');
}
