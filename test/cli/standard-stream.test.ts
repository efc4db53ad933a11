import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { writerTo } from '../../src/cli/standard-stream.ts';

test.each(['EPIPE', 'ENOSPC', 'EIO'])('after %s the rest of the output is dropped', async (code) => {
  const taken: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      taken.push(String(chunk));
      done(taken.length === 2 ? Object.assign(new Error(code), { code }) : null);
    },
  });
  const write = writerTo(stream);
  for (const text of ['one', 'two', 'three', 'four']) {
    write(text);
    await new Promise(setImmediate);
  }
  expect(taken).toEqual(['one', 'two']);
});
