import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../../../src/standin/cloud/store/store.ts';

function directoryWith(space: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'standin-first-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'space.json'), space);
  return directory;
}

async function open(directory: string) {
  const opened = await openStore(directory, (error) => {
    throw error;
  });
  onTestFinished(() => opened.store.database.close());
  return opened;
}

it('a first start takes the space that was prepared for it, and later ones do not look at it', async () => {
  const rooms = [{ id: 'the-room', name: 'Prepared room' }];
  const directory = directoryWith(JSON.stringify({ name: 'Prepared', token: 'a token of their own', rooms }));
  const { store, first } = await open(directory);
  expect(first).toMatchObject({ space: { name: 'Prepared' }, rooms, token: 'a token of their own' });
  expect(store.tokens.withSecret('a token of their own')).toMatchObject({ state: 'good', hint: ' own' });
  store.database.close();

  writeFileSync(join(directory, 'space.json'), 'no space any more');
  const again = await open(directory);
  expect(again.first).toBeUndefined();
  expect(again.store.spaces.all()).toMatchObject([{ name: 'Prepared' }]);
});

it('a space that is none is refused, and can be mended', async () => {
  const texts = ['{', '[]', '{"name":"x","token":"","rooms":[]}', '{"name":"x","token":"y","rooms":[{"id":"z"}]}'];
  const directory = directoryWith('');
  for (const text of texts) {
    writeFileSync(join(directory, 'space.json'), text);
    await expect(open(directory)).rejects.toMatchObject({
      code: 'CLOUD_DATA_UNUSABLE',
      what: `The Cloud cannot start with ${directory}/space.json.`,
    });
  }
  writeFileSync(join(directory, 'space.json'), '{"name":"Mended","token":"y","rooms":[]}');
  expect((await open(directory)).first?.space.name).toBe('Mended');
});
