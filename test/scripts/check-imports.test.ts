import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const script = resolve(import.meta.dirname, '../../scripts/check-imports.mjs');
const { brokenRules }: { brokenRules(root: string): readonly string[] } = await import(script);

test('lets a tree pass that keeps the rules', () => {
  const broken = check({
    'src/errors.ts': 'export class KickstartError extends Error {}',
    'src/main.ts':
      "import packageJson from '../package.json' with { type: 'json' };\nvoid import('./cli/view-listr.ts'); process.argv;",
    'src/cli/view-listr.ts': "const { Listr } = await import('listr2');\nimport { execute } from '../engine/execute.ts';",
    'src/engine/execute.ts': "import type { Plan } from '../plan/plan.ts';\nimport { steps } from '../steps/step.ts';",
    'src/plan/plan.ts':
      "import type {\n  Step,\n} from '../steps/step.ts';\nimport { table } from '../host/package-managers.ts';",
    'src/host/package-managers.ts': "import type { ReadableSystem } from '../system/system.ts';",
    'src/steps/step.ts':
      "import { Secret } from '../system/secret.ts';\nimport { one } from './other.ts';\nimport { fetch } from '../artifacts/fetch.ts';",
    'src/steps/other.ts': 'export const one = 1;',
    'src/artifacts/fetch.ts': "import { createHash } from 'node:crypto';\n// only system may say process.env",
    'src/system/secret.ts': "import { readFile } from 'node:fs/promises';\nSecret.reveal(token);",
  });
  expect(broken).toEqual([]);
});

test('prints what breaks a rule, and ends with 1; else with 0', () => {
  expect(run({ 'src/host/index.ts': 'export const one = 1;' })).toEqual({
    status: 1,
    output: 'src/host/index.ts: no index.ts.\n',
  });
  expect(run({ 'src/host/facts.ts': 'export const one = 1;' })).toEqual({ status: 0, output: '' });
});

test.each([
  ['src/host/facts.ts', "import { readFile } from 'node:fs/promises';", 'only system and standin may import node:fs/promises.'],
  ['src/steps/run.ts', "import { spawn } from 'node:child_process';", 'only system and standin may import node:child_process.'],
  ['src/cloud/proxy.ts', "import { request } from 'undici';", 'only system may import undici.'],
  ['src/engine/execute.ts', "import { Listr } from 'listr2';", 'only cli may import listr2.'],
  ['src/host/facts.ts', "const ora = await import('ora');", 'only cli may import ora.'],
  ['src/plan/plan-install.ts', "import { join } from 'node:path';", 'plan may not import node:path.'],
  [
    'src/plan/plan-install.ts',
    "import { Secret } from '../system/secret.ts';",
    'plan may not import system/secret, but for `import type`.',
  ],
  [
    'src/plan/plan-install.ts',
    "import { type Step } from '../steps/step.ts';",
    'plan may not import steps/step, but for `import type`.',
  ],
  ['src/host/facts.ts', "import type { Wire } from '../cloud/wire.ts';", 'host may not import cloud/wire.'],
  ['src/cloud/wire.ts', "import {\n  unpack,\n} from '../artifacts/unpack.ts';", 'cloud may not import artifacts/unpack.'],
  ['src/steps/run.ts', "export { emit } from '../engine/events.ts';", 'steps may not import engine/events.'],
  ['src/engine/execute.ts', "import { writeFile } from '../steps/write-file.ts';", 'engine may not import steps/write-file.'],
  ['src/engine/execute.ts', "import '../cli/confirm.ts';", 'engine may not import cli/confirm.'],
  [
    'src/standin/cloud/server.ts',
    "import { claim } from '../../cloud/claim-client.ts';",
    'standin may not import cloud/claim-client.',
  ],
  [
    'src/steps/run.ts',
    "import { commands } from '../system/real-system.ts';",
    'steps may not import system/real-system, but for `import type`.',
  ],
  ['src/errors.ts', "import { inspect } from 'node:util';", 'errors may not import node:util.'],
  ['src/cloud/claim.ts', 'send(Secret.reveal(token));', 'only system may use Secret.reveal.'],
  ['src/cli/confirm.ts', 'if (process.env.CI) ask();', 'only main and cli/options may use process.argv and process.env.'],
  ['src/host/index.ts', 'export const one = 1;', 'no index.ts.'],
  ['src/host/facts.ts', 'export default function facts() {}', 'no default export.'],
  ['src/util/strings.ts', 'export const one = 1;', 'util is not a folder of the architecture.'],
])('%s: %s is refused', (path, code, sentence) => {
  expect(check({ [path]: code })).toEqual([`${path}: ${sentence}`]);
});

test('refuses two folders that import each other around a corner, even types', () => {
  const broken = check({
    'src/cli/a.ts': "import type { Main } from '../main.ts';",
    'src/main.ts': "import { a } from './cli/a.ts';",
  });
  expect(broken).toEqual(['src: the folders cli, main import each other.']);
});

function check(files: Record<string, string>): readonly string[] {
  return inTree(files, brokenRules);
}

function run(files: Record<string, string>) {
  return inTree(files, (root) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  });
}

function inTree<Result>(files: Record<string, string>, look: (root: string) => Result): Result {
  const root = mkdtempSync(join(tmpdir(), 'check-imports-'));
  try {
    for (const [path, code] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), code);
    }
    return look(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
