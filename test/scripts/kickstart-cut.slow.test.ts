import { expect, test } from 'vitest';
import { acceptedCuts, copies, programStart } from './cut-off.ts';
import { isHere, shells } from './shell-run.ts';

for (const [shell, words] of Object.entries(shells)) {
  test.skipIf(!isHere(words[0] ?? '')).each(Object.entries(copies))(
    `under ${shell}: a %s copy that was cut off is an incomplete program, at whatever byte`,
    async (_name, text) => {
      const [longest] = await acceptedCuts(words, text, true);
      expect(longest).toBe(programStart(text));
    },
    600_000,
  );
}
