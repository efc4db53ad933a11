import { expect, test } from 'vitest';
import { viewLines } from '../../src/cli/view-lines.ts';

test('prints each line once, as it happens', async () => {
  const printed: string[] = [];
  const view = viewLines((text) => printed.push(text));
  view.draw({ event: 'step-started', at: 0, id: 'a', title: 'Create directory /opt/x' });
  expect(printed).toEqual(['  Create directory /opt/x\n']);
  view.draw({ event: 'step-proved', at: 0, id: 'a', text: 'It is there.', seconds: 0.004 });
  await view.finish();
  expect(printed).toEqual(['  Create directory /opt/x\n', '  ✓ It is there. (0.00 s)\n']);
});
