import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadPageFiles, pageFileNames } from '../../../../src/standin/cloud/web/page-files.ts';

const directory = join(import.meta.dirname, '../../../../src/standin/cloud/page');

it('serves all files of the page, and no other', () => {
  expect([...pageFileNames].sort()).toEqual(readdirSync(directory).sort());
  expect([...loadPageFiles().keys()].sort()).toEqual(
    ['/', ...readdirSync(directory).flatMap((name) => (name === 'index.html' ? [] : [`/page/${name}`]))].sort(),
  );
});

it('asks nobody but the Cloud for anything', () => {
  for (const name of pageFileNames) {
    const text = readFileSync(join(directory, name), 'utf8');
    const imports = [...text.matchAll(/from '([^']+)'|(?:src|href)="([^"]+)"/g)].map(([, module, link]) => module ?? link);
    for (const target of imports) expect(target, name).toMatch(/^\.\/[a-z-]+\.js$|^\/page\/|^#/);
    expect(text, name).not.toMatch(/@import|url\(|innerHTML|insertAdjacentHTML|\beval\b/);
  }
});
