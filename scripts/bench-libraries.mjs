// The rows of scripts/bench.mjs about building the libraries of the agent-cloud link, from archives that are here already.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from 'semver';
import { catalog, cmakeArguments, sourcesOf } from '../src/artifacts/catalog.ts';
import { fetchArtifact } from '../src/artifacts/fetch/fetch.ts';
import { createRealSystem } from '../src/system/real-system.ts';
import { buildLibraries } from '../test/support/build-libraries.ts';
import { testCache } from '../test/support/test-libraries.ts';
import { inScratch } from './bench-scratch.mjs';

/** libmosquitto, libwebsockets and JSON-C: about two minutes on two cores. */
export function legacyRows(tools) {
  return rowsOf({ title: 'libraries to 1.31', agent: '1.31.0', rounds: 3 }, tools);
}

/** JSON-C and protobuf: about six minutes on two cores, of which four are those of a single job. */
export function protobufRows(tools) {
  return rowsOf({ title: 'JSON-C and protobuf', agent: '1.34.0', rounds: 1 }, tools);
}

/**
 * Each round does the same work in two ways, in turns, and then takes it from the cache. The time is that of the stage that fetches and builds: for
 * kickstart that is SHA-256, unpacking, cmake, make, linking and running a program with each library, keeping it in the cache, and laying it out;
 * plainly it is tar, cmake and make with one job, one library after the other, with the same arguments and targets.
 */
async function rowsOf({ title, agent, rounds }, { say, median, milliseconds }) {
  const rows = catalog.filter(({ agentVersions }) => satisfies(agent, agentVersions));
  say(`${title}: fetching the archives, where they are not here`);
  await inScratch((workDirectory) => Promise.all(rows.map((row) => fetch(row, workDirectory))));
  const times = { planned: [], plain: [], cached: [] };
  let slots = 0;
  const noting = (stage) => {
    ({ slots } = stage.steps[0].step.jobs);
    return stage;
  };
  for (let round = 1; round <= rounds; round += 1) {
    await inScratch(async (directory) => {
      // Compilers run as a user who has to get there.
      chmodSync(directory, 0o755);
      const cacheDirectory = made(directory, 'cache');
      cpSync(join(testCache, 'sources'), join(cacheDirectory, 'sources'), { recursive: true });
      const build = { agents: [agent], cacheDirectory, changeBuild: noting };
      say(`${title}, round ${round} of ${rounds}: as planned`);
      times.planned.push(await timeOf({ ...build, workDirectory: made(directory, 'cold') }));
      times.cached.push(await timeOf({ ...build, workDirectory: made(directory, 'warm') }));
      say(`${title}, round ${round} of ${rounds}: plainly`);
      times.plain.push(buildPlainly(rows, made(directory, 'plain')));
    });
  }
  const row = (name, ours, reference, aim) => ({
    name: `${title}, ${name}`,
    ours: milliseconds(median(times[ours])),
    reference: milliseconds(median(times[reference])),
    ratio: median(times[ours]) / median(times[reference]),
    aim,
  });
  return [
    row(`cold, all at once with ${slots} jobs, against plain tar, cmake, make with one job`, 'planned', 'plain', '≤ 0.65'),
    row('from the cache, against cold', 'cached', 'planned', '< 0.02'),
  ];
}

async function timeOf(build) {
  const { buildSeconds, error } = await buildLibraries(build);
  if (error !== undefined) throw error;
  return buildSeconds * 1000;
}

async function fetch(row, workDirectory) {
  const pin = pinOf(row);
  await fetchArtifact(
    {
      ...{ title: `${row.name} ${pin.version}`, sources: sourcesOf(row, pin, { packageManager: 'apt' }), sha256: pin.sha256 },
      ...{ path: archiveOf(row), workDirectory: made(workDirectory, row.component) },
    },
    { system: createRealSystem({ environment: process.env }), signal: new AbortController().signal, progress() {} },
  );
}

function buildPlainly(rows, directory) {
  const start = performance.now();
  for (const row of rows) {
    const [source, target, installed] = ['source', 'build', 'installed'].map((name) =>
      made(directory, `${row.component}-${name}`),
    );
    run('tar', ['-xzf', archiveOf(row), '--strip-components=1'], source);
    const top = (row.cmakeDirectories ?? ['.']).find((path) => existsSync(join(source, path, 'CMakeLists.txt')));
    run('cmake', [...cmakeArguments(row), `-DCMAKE_INSTALL_PREFIX=${installed}`, join(source, top)], target);
    run('make', [...row.targets], target);
  }
  return performance.now() - start;
}

/** As the stand-in agent's tree pins it. */
function pinOf({ component }) {
  const [version] = packagingWords(`${component}.version`);
  const [sha256, fileName] = packagingWords(`${component}.checksums`);
  return { component, version, sha256, fileName };
}

function packagingWords(name) {
  return readFileSync(new URL(`../src/standin/agent/packaging/${name}`, import.meta.url), 'utf8')
    .trim()
    .split(/\s+/);
}

function archiveOf(row) {
  const { sha256, fileName } = pinOf(row);
  return join(testCache, 'sources', sha256, fileName);
}

/** Ends with the bench, also when that is killed. */
function run(program, words, cwd) {
  const options = { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
  const { status, error, stderr } = spawnSync('setpriv', ['--pdeathsig', 'KILL', program, ...words], options);
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${error?.message ?? stderr}`);
}

function made(directory, name) {
  const path = join(directory, name);
  mkdirSync(path);
  return path;
}
