import { expect, test } from 'vitest';
import { acceptedCuts, copies, programStart } from './cut-off.ts';
import { isHere, shells, start } from './shell-run.ts';

for (const [shell, words] of Object.entries(shells)) {
  test.skipIf(!isHere(words[0] ?? '')).each(Object.entries(copies))(
    `under ${shell}: a %s copy that was cut off is an incomplete program`,
    async (_name, text) => {
      const [longest] = await acceptedCuts(words, text, false);
      expect(longest).toBe(programStart(text) - 1);
    },
  );
}

test('a copy that was cut off in the last line is refused by a shell that reads it from a pipe', async () => {
  for (const missing of [1, 2, 5, 11]) {
    const cut = copies.release?.slice(0, -missing) ?? '';
    const ended = await start(['/bin/sh'], { PATH: '/nowhere', HOME: '/nowhere', TMPDIR: '/nowhere' }, cut).ended;
    expect(ended.stdout).toBe('');
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/[Ss]yntax error/);
  }
});

test('a text that runs something when it is cut off is noticed', async () => {
  const text = '#!/bin/sh\n{\n:\n}\nmake_place() { :; }\nmain "$@"\n';
  expect(await acceptedCuts(['sh'], text, true)).toContain(text.indexOf('make') + 'make'.length);
});
