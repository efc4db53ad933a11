// The rows of scripts/bench.mjs about fetching an archive: download, SHA-256 and unpacking in one pass, against the usual commands.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { writeArchive } from './bench-archive.mjs';
import { inScratch } from './bench-scratch.mjs';

const ROUNDS = 3;
const sizes = [500, 100];
const timeProgram = '/usr/bin/time';

// All leave the archive and its tree, and compare the hash. The words of each: the URL, the SHA-256, an empty directory.
const commands = {
  'curl -o; sha256sum; tar xzf':
    'mkdir "$3/tree" && curl -sSf -o "$3/file" "$1" && echo "$2  $3/file" | sha256sum -c --quiet && tar xzf "$3/file" -C "$3/tree"',
  'curl | tee | tar xz; sha256sum':
    'mkdir "$3/tree" && curl -sSf "$1" | tee "$3/file" | tar xz -C "$3/tree" && echo "$2  $3/file" | sha256sum -c --quiet',
};

/**
 * The three ways in turns, each from a loopback server in another process to the same disk. Ours is bundled, as it is shipped, and its time is
 * that of the fetch alone, because an install has started already; its CPU time has the start of Node in it. The memory is the most that one
 * process of each had at once.
 */
export async function fetchRows(tools) {
  return inScratch(async (directory) => {
    const program = await bundled(directory);
    const rows = [];
    for (const megabytes of sizes) rows.push(...(await rowsOf(megabytes, program, directory, tools)));
    return rows;
  });
}

async function rowsOf(megabytes, program, directory, { say, median, milliseconds }) {
  say(`fetch: making an archive of ${megabytes} MB`);
  const file = join(directory, 'large-1.0.tar.gz');
  const sha256 = await writeArchive(file, megabytes * 1_000_000);
  const server = await serve(file);
  const ways = {
    ours: [process.execPath, program],
    ...Object.fromEntries(Object.entries(commands).map(([name, script]) => [name, ['sh', '-c', script, 'sh']])),
  };
  const runs = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [name, words] of Object.entries(ways)) {
      say(`fetch of ${megabytes} MB, round ${round} of ${ROUNDS}: ${name}`);
      runs[name].push(runOnce([...words, server.url, sha256], join(directory, 'run')));
    }
  }
  server.stop();
  rmSync(file);
  const of = (name, key) => median(runs[name].map((run) => run[key]));
  const row = (what, name, key, aim = '') => ({
    name: `fetch of ${megabytes} MB with SHA-256 and unpacking, ${what}, against ${name}`,
    ...{ ours: milliseconds(of('ours', key)), reference: milliseconds(of(name, key)) },
    ...{ ratio: of('ours', key) / of(name, key), aim },
  });
  const most = (name) => inMegabytes(Math.max(...runs[name].map((run) => run.megabytes)));
  return Object.keys(commands).flatMap((name) => [
    row('time', name, 'time', '< 1'),
    row('CPU time', name, 'cpu'),
    {
      name: `fetch of ${megabytes} MB, peak memory, against ${name}`,
      ours: most('ours'),
      reference: most(name),
      aim: '< 120 MB',
    },
  ]);
}

/** What was written before is on the disk first: nobody pays for the one before. */
function runOnce(words, directory) {
  mkdirSync(directory);
  spawnSync('sync');
  try {
    const report = join(directory, 'report');
    // A process that Node starts begins with Node's own peak; `time` is small, and starts what is measured.
    const measured = existsSync(timeProgram)
      ? [timeProgram, '--format=%M %U %S', `--output=${report}`, ...mortal, ...words]
      : words;
    const start = performance.now();
    const stdout = run([...measured, directory]);
    const time = performance.now() - start;
    const [kibibytes = Number.NaN, user, system] = existsSync(report) ? readFileSync(report, 'utf8').trim().split(' ') : [];
    const cpu = (Number(user) + Number(system)) * 1000;
    return { time: stdout === '' ? time : Number(stdout), cpu, megabytes: (Number(kibibytes) * 1024) / 1_000_000 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// Ends with what started it, also when that is killed.
const mortal = ['setpriv', '--pdeathsig', 'KILL'];

function run(words) {
  const [program, ...rest] = [...mortal, ...words];
  const { status, error, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${error?.message ?? stderr}`);
  return stdout.trim();
}

async function serve(file) {
  const words = [join(import.meta.dirname, 'bench-file-server.mjs'), file];
  const server = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}/large-1.0.tar.gz`, stop: () => server.stdin.end() };
}

/** As scripts/build.mjs does it. */
async function bundled(directory) {
  const root = resolve(import.meta.dirname, '..');
  const input = join(import.meta.dirname, 'bench-fetch-once.mjs');
  const built = await rolldown({ input, platform: 'node', cwd: root, logLevel: 'warn' });
  await built.write({ dir: directory, entryFileNames: 'fetch-once.cjs', chunkFileNames: '[name]-[hash].cjs', format: 'cjs' });
  await built.close();
  return join(directory, 'fetch-once.cjs');
}

function inMegabytes(megabytes) {
  return Number.isNaN(megabytes) ? '-' : `${megabytes.toFixed(0)} MB`;
}
