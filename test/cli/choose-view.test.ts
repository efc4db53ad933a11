import { expect, test } from 'vitest';
import { chooseView } from '../../src/cli/choose-view.ts';
import type { Plan } from '../../src/plan/plan.ts';

const terminal = { isTerminal: true, columns: 80, ci: false, json: false };
const step = { kind: 'create-directory', path: '/x' } as never;
const plan: Plan = {
  goal: 'install',
  title: '',
  decisions: [],
  stages: [{ title: 'Prepare', atOnce: 1, steps: [{ id: 'a', step, reason: '' }] }],
};

test.each([
  ['a terminal gets the list', terminal, /^\p{Cc}\[\?25l[\s\S]*Create directory \/x/u],
  ['a pipe gets lines', { ...terminal, isTerminal: false, columns: 0 }, /^Prepare\n {2}Create directory \/x\n$/],
  ['CI gets lines, even with a terminal', { ...terminal, ci: true }, /^Prepare\n {2}Create directory \/x\n$/],
  ['a terminal of no width gets lines', { ...terminal, columns: 0 }, /^Prepare\n {2}Create directory \/x\n$/],
  [
    '--json wins over a terminal',
    { ...terminal, json: true },
    /^\{"event":"stage-started",.*\n\{"event":"step-started",.*\n\{.*\n$/,
  ],
])('%s', async (_sentence, surroundings, expected) => {
  let printed = '';
  const view = await chooseView(surroundings, (text) => {
    printed += text;
  });
  view.draw({ event: 'run-started', at: 0, plan });
  printed = '';
  view.draw({ event: 'stage-started', at: 0, title: 'Prepare' });
  view.draw({ event: 'step-started', at: 0, id: 'a', title: 'Create directory /x' });
  view.draw({ event: 'step-done', at: 0, id: 'a', seconds: 0.01 });
  await view.finish();
  expect(printed).toMatch(expected);
});
