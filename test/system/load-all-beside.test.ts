import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { scratchDirectory } from '../support/scratch-directory.ts';

it('loads what a bundle may ask for later, and nothing that an older one has left there', () => {
  const directory = join(scratchDirectory(), 'program');
  mkdirSync(directory);
  const files = {
    'kickstart.cjs': `
      const { loadAllBeside } = require('${resolve(import.meta.dirname, '../../src/system/load-all-beside.ts')}');
      loadAllBeside(__filename);
      require('node:fs').rmSync(__dirname, { recursive: true });
      Promise.resolve().then(() => require("./one-a1.cjs")).then(({ later }) => later());`,
    'one-a1.cjs': 'exports.later = () => console.log(require("./two-b2.cjs").says);',
    'two-b2.cjs': 'exports.says = "all is here";',
    'one-00.cjs': 'throw new Error("an older one");',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  expect(execFileSync(process.execPath, [join(directory, 'kickstart.cjs')], { encoding: 'utf8' })).toBe('all is here\n');
});
