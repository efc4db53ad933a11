import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];

afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A directory on this machine's own disk, gone after the test. */
export function scratchDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'kickstart-test-'));
  made.push(path);
  return path;
}

/** All that is below the directory: relative path → mode and content, sorted. */
export function treeOf(directory: string, below = ''): Record<string, string> {
  const entries = readdirSync(join(directory, below)).toSorted();
  return Object.assign({}, ...entries.map((name) => describeEntry(directory, join(below, name))));
}

function describeEntry(directory: string, path: string): Record<string, string> {
  const facts = lstatSync(join(directory, path));
  const mode = (facts.mode & 0o7777).toString(8);
  if (facts.isSymbolicLink()) return { [path]: `-> ${readlinkSync(join(directory, path))}` };
  if (facts.isDirectory()) return { [path]: mode, ...treeOf(directory, path) };
  // A FIFO would wait for its other side, for ever and beyond every time limit of a test.
  if (!facts.isFile()) return { [path]: `${mode} special` };
  return { [path]: `${mode} ${readFileSync(join(directory, path), 'utf8')}` };
}
