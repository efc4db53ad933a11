import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorCodes } from '../src/errors.ts';

const project = join(import.meta.dirname, '..');

it('has no code that nothing says', () => {
  const sources = readdirSync(join(project, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'errors.ts')
    .map((name) => join('src', name));
  const texts = [...sources, 'scripts/kickstart.sh'].map((name) => readFileSync(join(project, name), 'utf8'));
  expect(Object.keys(errorCodes).filter((code) => !texts.some((text) => text.includes(code)))).toEqual([]);
});
