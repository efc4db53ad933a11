import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { start } from './scripts/shell-run.ts';

const kickstart = `'${process.execPath}' '${resolve(import.meta.dirname, '../src/main.ts')}'`;

test.each([
  ['whose reader has ended', `{ ${kickstart} --help; echo "exit $?" >&2; } | true`],
  ['on a full disk', `${kickstart} --help >/dev/full; echo "exit $?" >&2`],
  ['that is closed', `${kickstart} --help >&-; echo "exit $?" >&2`],
])('output %s changes neither the run nor its exit status', async (_where, text) => {
  expect(await shell(text)).toEqual({ status: 0, stdout: '', stderr: 'exit 0\n' });
});

test('a failure keeps its exit status where nobody takes its message', async () => {
  expect(await shell(`${kickstart} --nonsense 2>/dev/full; echo "exit $?"`)).toMatchObject({ stdout: 'exit 2\n' });
});

test('an absolute path works in a working directory that was removed, and a relative one is a mistake of usage', async () => {
  // A question that no agent of this machine changes the answer to.
  const list = `${kickstart} cache list --cache-directory`;
  const ended = await shell(
    `place=$(mktemp -d) && cd "$place" && rmdir "$place" && { ${list} /nowhere/cache; ${list} nowhere; }`,
  );
  expect(ended.stdout).toBe('0 built libraries and 0 source archives, 0.0 MB, in /nowhere/cache\n');
  expect(ended.status).toBe(2);
  expect(ended.stderr).toMatch(/USAGE_NO_WORKING_DIRECTORY\.\n$/);
});

function shell(text: string) {
  return start(['/bin/sh', '-c', text], { PATH: process.env.PATH ?? '', HOME: '/nowhere' }).ended;
}
