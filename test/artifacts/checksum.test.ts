import { expect, it } from 'vitest';
import { hashed, sha256OfFile, sha256OfText } from '../../src/artifacts/checksum.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { readAll } from '../support/read-all.ts';

const sumOfHello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

it('makes the SHA-256 of a file, and none of a file that is not there', async () => {
  const system = createFakeSystem({ files: { '/file': 'hello' } });
  expect(await sha256OfFile('/file', system)).toBe(sumOfHello);
  expect(await sha256OfFile('/none', system)).toBeUndefined();
});

it('makes the SHA-256 of a stream while it is read', async () => {
  async function* halves() {
    yield Buffer.from('hel');
    yield Buffer.from('lo');
  }
  const { pieces, digest } = hashed(halves());
  expect(await readAll(pieces)).toBe('hello');
  expect(digest()).toBe(sumOfHello);
});

it('makes the SHA-256 of a text', () => {
  expect(sha256OfText('hello')).toBe(sumOfHello);
});
