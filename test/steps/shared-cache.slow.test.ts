import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { readCache } from '../../src/artifacts/cache/cache-contents.ts';
import { damageOfEntry } from '../../src/artifacts/cache/cache-verify.ts';
import { type BuildDependencyStep, type BuildDependencyUndo, buildDependency } from '../../src/steps/build-dependency.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import type { Said, StopAt } from '../support/build-in-process.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';
import { stepContext } from '../support/step-context.ts';
import { tarArchive } from '../support/tar-archive.ts';

const program = join(import.meta.dirname, '../support/build-in-process.ts');
const archive = tarArchive([{ path: 'json-c/CMakeLists.txt', content: 'project(json-c)' }]);
const sha256 = createHash('sha256').update(archive).digest('hex');
const system = createRealSystem({ environment: process.env });
const running = new Set<() => void>();

afterEach(() => {
  for (const kill of running) kill();
  running.clear();
});

/** A place with an empty cache, two runs' scratch space, and tools that "build" in no time and count how often. */
function place() {
  const top = scratchDirectory();
  for (const name of ['bundle', 'cache', 'tools', 'one', 'two']) mkdirSync(join(top, name));
  writeFileSync(join(top, 'bundle/json-c.tar.gz'), archive);
  const tools = {
    cmake: 'for word; do case "$word" in -DCMAKE_INSTALL_PREFIX=*) echo "$word" | cut -d= -f2 > prefix;; esac; done',
    make: `read -r prefix < prefix; mkdir -p "$prefix/lib" "$prefix/include/json-c"; echo library > "$prefix/lib/libjson-c.a"
echo header > "$prefix/include/json-c/json.h"; echo built >> ${top}/builds`,
    cc: `case "$1" in --version) echo cc 12;; -dumpmachine) echo x86_64;; *) printf '#!/bin/sh\\n' > check; chmod 755 check;; esac`,
  };
  for (const [name, text] of Object.entries(tools))
    writeFileSync(join(top, 'tools', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  chmodSync(top, 0o755);
  writeFileSync(join(top, 'builds'), '');
  return { top, builds: () => readFileSync(join(top, 'builds'), 'utf8').split('\n').length - 1 };
}

function stepOf(top: string, run: 'one' | 'two'): BuildDependencyStep {
  const runDirectory = join(top, run);
  return {
    ...{ kind: 'build-dependency', component: 'jsonc', version: '0.16', archiveSha256: sha256, keep: false },
    sources: [{ from: 'directory', directory: join(top, 'bundle'), fileNames: ['json-c.tar.gz'] }],
    ...{ archive: join(top, 'cache/sources', sha256, 'json-c.tar.gz'), cacheDirectory: join(top, 'cache'), runDirectory },
    ...{ workDirectory: join(runDirectory, 'jsonc'), externalDirectory: join(runDirectory, 'externaldeps') },
    ...{
      stateDirectory: `/state/${run}`,
      jobs: { path: join(runDirectory, 'jobs'), slots: 1 },
      logPath: join(runDirectory, 'log'),
    },
  };
}

/** A run in a process of its own, which stops at this point. */
function start(top: string, run: 'one' | 'two', stopAt: StopAt = 'nowhere') {
  const environment = { ...process.env, PATH: `${join(top, 'tools')}:${process.env.PATH}` };
  const child = spawn(process.execPath, [program, JSON.stringify(stepOf(top, run)), stopAt], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said: Said[] = [];
  running.add(() => child.kill('SIGKILL'));
  return {
    processId: child.pid,
    said,
    /** Reads until it has said a line that has this in it. Throws when it never does. */
    async says(part: string): Promise<void> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`It never said ${part}: ${JSON.stringify(said)}`);
        // The cast: the program says nothing else.
        said.push(JSON.parse(value) as Said);
        if (value.includes(part)) return;
      }
    },
    order(word: 'go' | 'fail'): void {
      child.stdin.write(`${word}\n`);
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
    undo: async (): Promise<void> => {
      const [undo] = said.flatMap((line) => ('undo' in line ? [line.undo as BuildDependencyUndo] : []));
      if (undo !== undefined) await buildDependency.undo(undo, stepContext(system, 'uninstall'));
    },
  };
}

async function expectWholeCache(top: string, kinds: readonly string[]): Promise<void> {
  const entries = await readCache(join(top, 'cache'), system);
  expect(entries.map(({ kind }) => kind)).toEqual(kinds);
  for (const entry of entries) expect(await damageOfEntry(entry, system)).toBeUndefined();
}

const laidOut = ['jsonc', 'jsonc/json-c', 'jsonc/json-c/json.h', 'jsonc/libjson-c.a'];

it('of two runs at once one builds, and the other waits for it and takes what it built', async () => {
  const { top, builds } = place();
  const one = start(top, 'one', 'compiling');
  await one.says('stopped');
  const two = start(top, 'two');
  await two.says(`waiting for process ${one.processId}, which works on it`);
  one.order('go');
  await one.says('done');
  await two.says('JSON-C 0.16 comes from the cache, verified.');
  await two.says('done');
  expect(builds()).toBe(1);
  for (const run of ['one', 'two']) expect(Object.keys(treeOf(join(top, run, 'externaldeps')))).toEqual(laidOut);
  await expectWholeCache(top, ['library', 'archive']);
  await one.undo();
  // Nobody needs the archive of a library that is built.
  await expectWholeCache(top, ['library']);
  await two.undo();
  expect(readdirSync(join(top, 'cache'))).toEqual([]);
});

it('when the first of two runs fails, the second builds', async () => {
  const { top, builds } = place();
  const one = start(top, 'one', 'compiling');
  await one.says('stopped');
  const two = start(top, 'two');
  await two.says(`waiting for process ${one.processId}`);
  one.order('fail');
  await one.says('It was told to fail.');
  await two.says('done');
  expect(builds()).toBe(1);
  await expectWholeCache(top, ['library', 'archive']);
});

it.each<[StopAt, number]>([
  ['fetching', 1],
  ['compiling', 1],
  ['laying out', 2],
  ['before the rename', 2],
  ['after the rename', 1],
])(
  'when the first of two runs is killed %s, the second has its library, and nothing of the first is in its way',
  async (stopAt, times) => {
    const { top, builds } = place();
    const one = start(top, 'one', stopAt);
    await one.says('stopped');
    const two = start(top, 'two');
    await two.says(`waiting for process ${one.processId}`);
    await one.kill();
    await two.says('done');
    expect(builds()).toBe(times);
    expect(Object.keys(treeOf(join(top, 'two/externaldeps')))).toEqual(laidOut);
    await expectWholeCache(top, ['library', 'archive']);
    // What the killed run left is taken back by its own receipt; what the other uses stays until that one goes.
    await one.undo();
    await expectWholeCache(top, ['library']);
    await two.undo();
    expect(readdirSync(join(top, 'cache'))).toEqual([]);
    // The job pool and the log are the run's own, and go with its directory.
    expect(readdirSync(join(top, 'one')).filter((name) => name !== 'jobs' && name !== 'log')).toEqual([]);
  },
);
