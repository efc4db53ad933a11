import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/**
 * The files that scripts/build.mjs makes of what is imported with `import()`, found by the words with which they ask for each other: beside them there
 * may be those of an older kickstart. Beside sources there are none.
 */
export function loadAllBeside(main: string): void {
  const load = createRequire(main);
  const names = new Set([`./${basename(main)}`]);
  for (const name of names) {
    const text = readFileSync(join(dirname(main), name), 'utf8');
    for (const [, wanted = ''] of text.matchAll(/require\("(\.\/[^"/]+\.cjs)"\)/g)) {
      names.add(wanted);
      // In these very words: what was loaded under another name Node would look for once more.
      load(wanted);
    }
  }
}
