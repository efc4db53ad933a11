import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { firstLine } from '../../src/system/first-line.ts';

test.each<[string, readonly (string | Buffer)[], string]>([
  ['a line with its end', ['T0K', 'EN\nmore'], 'T0KEN'],
  ['a line of Windows', ['T0KEN\r\n'], 'T0KEN'],
  ['a line without its end', ['T0KEN'], 'T0KEN'],
  ['nothing', [], ''],
  ['a letter that came in two pieces', [Buffer.from([0xc3]), Buffer.from([0x9c, 0x0a])], 'Ü'],
])('takes %s', async (_, chunks, line) => {
  expect(
    await firstLine(
      Readable.from(
        chunks.map((chunk) => Buffer.from(chunk)),
        { objectMode: false },
      ),
    ),
  ).toBe(line);
});

test('stops at the first line, and reads no endless input', async () => {
  let read = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        read += 1;
        yield Buffer.alloc(1024, 'x');
      }
    })(),
    { objectMode: false },
  );
  expect((await firstLine(endless)).length).toBeLessThan(200_000);
  expect(read).toBeLessThan(1000);
  expect(endless.destroyed).toBe(true);
});
