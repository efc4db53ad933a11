// The rows of scripts/bench.mjs about building the three libraries of the agent-cloud link, from archives that are here already.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog, cmakeArguments } from '../src/artifacts/catalog.ts';
import { buildLibraries } from '../test/support/build-libraries.ts';
import { testCache } from '../test/support/test-libraries.ts';

const ROUNDS = 3;
const cores = availableParallelism();

/**
 * Each round does the same work in three ways, in turns, and then takes it from the cache. The time is that of the stage that builds: for
 * kickstart that is unpacking, cmake, make, linking and running a program with each library, and laying it out; plainly it is tar, cmake and make.
 */
export async function libraryRows({ say, median, milliseconds }) {
  say('libraries: fetching the archives, where they are not here');
  await inScratch((workDirectory) => build({ cacheDirectory: testCache, workDirectory }));
  const times = { planned: [], serial: [], plain: [], cached: [] };
  let planned = '';
  for (let round = 1; round <= ROUNDS; round += 1) {
    await inScratch(async (directory) => {
      say(`libraries, round ${round} of ${ROUNDS}: as planned`);
      const cacheDirectory = coldCache(directory, 'planned');
      const asPlanned = (stage) => {
        planned = `${stage.atOnce} at once with -j${stage.steps[0].step.jobs}`;
        return stage;
      };
      times.planned.push(await build({ cacheDirectory, workDirectory: made(directory, 'work-1'), changeBuild: asPlanned }));
      times.cached.push(await build({ cacheDirectory, workDirectory: made(directory, 'work-2') }));
      say(`libraries, round ${round} of ${ROUNDS}: one after the other`);
      const serial = { cacheDirectory: coldCache(directory, 'serial'), workDirectory: made(directory, 'work-3') };
      times.serial.push(await build({ ...serial, changeBuild: oneAfterTheOther }));
      say(`libraries, round ${round} of ${ROUNDS}: plainly`);
      times.plain.push(buildPlainly(made(directory, 'plain')));
    });
  }
  const row = (name, ours, reference, aim = '') => ({
    name,
    ours: milliseconds(median(times[ours])),
    reference: milliseconds(median(times[reference])),
    ratio: median(times[ours]) / median(times[reference]),
    aim,
  });
  return [
    row(`libraries, cold, ${planned}, against one after the other with -j${cores}`, 'planned', 'serial', '< 1'),
    row(`libraries, cold, ${planned}, against plain tar, cmake, make -j${cores} one after the other`, 'planned', 'plain', '< 1'),
    row('libraries from the cache, against cold', 'cached', 'planned'),
  ];
}

async function build(how) {
  const { buildSeconds, error } = await buildLibraries(how);
  if (error !== undefined) throw error;
  return buildSeconds * 1000;
}

function oneAfterTheOther(stage) {
  const steps = stage.steps.map((planned) => ({ ...planned, step: { ...planned.step, jobs: cores } }));
  return { ...stage, atOnce: 1, steps };
}

/** A cache that has the archives, and nothing built. */
function coldCache(directory, name) {
  const cacheDirectory = made(directory, name);
  cpSync(join(testCache, 'sources'), join(cacheDirectory, 'sources'), { recursive: true });
  return cacheDirectory;
}

function buildPlainly(directory) {
  cpSync(join(testCache, 'sources'), join(directory, 'sources'), { recursive: true });
  const archives = join(directory, 'sources');
  const start = performance.now();
  for (const row of catalog) {
    const [source, target, installed] = ['source', 'build', 'installed'].map((name) =>
      made(directory, `${row.component}-${name}`),
    );
    run('sh', ['-c', `exec tar -xzf ${archives}/*/${archiveOf[row.component]} --strip-components=1`], source);
    run('cmake', [...cmakeArguments(row), `-DCMAKE_INSTALL_PREFIX=${installed}`, source], target);
    run('make', [`-j${cores}`, 'install'], target);
  }
  return performance.now() - start;
}

// Names of files in the cache, as far as they do not change with the version.
const archiveOf = { mosquitto: 'mosquitto-*.tar.gz', libwebsockets: 'v*.tar.gz', jsonc: 'json-c-*.tar.gz' };

function run(program, words, cwd) {
  const { status, error, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${error?.message ?? stderr}`);
}

function made(directory, name) {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}

async function inScratch(work) {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-bench-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
