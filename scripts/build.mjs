// Makes dist/: the bundle, its archive, the stamped kickstart.sh and SHA256SUMS. The same sources give the same bytes.
//   --executable     also dist/kickstart-linux-x64, which brings its own Node
//   --url ADDRESS    where the release will be found; written into dist/kickstart.sh
//   --entry FILE, --output DIRECTORY    for the tests of this file
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import * as tar from 'tar';
import { pageFileNames } from '../src/standin/cloud/web/page-files.ts';
import { sourceArchive, standinAgentTag } from '../src/standin/release-files.ts';

const root = resolve(import.meta.dirname, '..');
const EXECUTABLE = 'kickstart-linux-x64';
// Read by Node itself when it looks for a program inside its own file. Source: Node's documentation of single executables.
const SEA_FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const { values: options } = parseArgs({
  options: {
    executable: { type: 'boolean', default: false },
    url: { type: 'string', default: process.env.KICKSTART_URL ?? '' },
    entry: { type: 'string', default: join(root, 'src/main.ts') },
    output: { type: 'string', default: join(root, 'dist') },
  },
});

const output = resolve(options.output);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// All is made beside dist's files and moved there at the end, so that a kickstart that starts meanwhile finds a whole bundle.
const workshop = join(output, `.build-${process.pid}`);
mkdirSync(workshop, { recursive: true });
try {
  await bundle();
  copyRuntimeFiles();
  await archive();
  if (options.executable) await makeExecutable();
  stampBootstrap();
  const files = ['kickstart.tar.gz', 'kickstart.sh', ...(options.executable ? [EXECUTABLE] : [])];
  writeFileSync(join(workshop, 'SHA256SUMS'), files.map((file) => `${sha256(join(workshop, file))}  ${file}\n`).join(''));
  rmSync(join(output, EXECUTABLE), { force: true });
  rmSync(join(output, 'kickstart'), { recursive: true, force: true });
  for (const file of ['kickstart', ...files, 'SHA256SUMS']) renameSync(join(workshop, file), join(output, file));
  for (const file of ['kickstart/kickstart.cjs', ...files]) printSize(file);
} finally {
  rmSync(workshop, { recursive: true, force: true });
}

/**
 * CommonJS, because Node starts it sooner than a module; what is imported with `import()` becomes a file of its own.
 * Not minified: a bug report shows a stack, whose lines should say something. It costs 1 ms of the start.
 */
async function bundle() {
  const chunks = await write({
    dir: join(workshop, 'kickstart'),
    entryFileNames: 'kickstart.cjs',
    chunkFileNames: '[name]-[hash].cjs',
    format: 'cjs',
  });
  writeFileSync(join(workshop, 'kickstart/THIRD-PARTY-LICENSES'), licences(chunks));
}

async function write(outputOptions) {
  const built = await rolldown({ input: options.entry, platform: 'node', cwd: root, logLevel: 'warn' });
  const { output: chunks } = await built.write(outputOptions);
  await built.close();
  return chunks;
}

/** Of every library that is in the bundle; most of them ask to be named where they are copied. */
function licences(chunks) {
  const modules = chunks.flatMap(({ moduleIds = [] }) => moduleIds);
  const directories = new Set(modules.flatMap((id) => /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []));
  return [...directories]
    .sort()
    .map(licence)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licence(directory) {
  const library = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  const text = file === undefined ? '' : `\n${readFileSync(join(directory, file), 'utf8')}`;
  return `${library.name} ${library.version}: ${library.license}\n${text}`;
}

function copyRuntimeFiles() {
  const standinAgent = join(root, 'src/standin/agent');
  if (existsSync(standinAgent)) cpSync(standinAgent, join(workshop, 'kickstart/standin-agent'), { recursive: true });
  mkdirSync(join(workshop, 'kickstart/cloud-page'));
  for (const name of pageFileNames) copyFileSync(pageFile(name), join(workshop, 'kickstart/cloud-page', name));
  copyFileSync(join(root, 'LICENSE'), join(workshop, 'kickstart/LICENSE'));
}

function pageFile(name) {
  return join(root, 'src/standin/cloud/page', name);
}

/** No times, owners or order of the build machine in it. */
async function archive() {
  await tar.create(
    { file: join(workshop, 'kickstart.tar.gz'), cwd: workshop, gzip: { level: 9 }, portable: true, mtime: new Date(0) },
    ['kickstart'],
  );
}

/** Node's own program with ours inside it. It is stripped first: stripped afterwards it would start, and print nothing. */
async function makeExecutable() {
  const { default: postject } = await import('postject');
  const main = join(workshop, 'one-file.cjs');
  await write({ file: main, format: 'cjs', codeSplitting: false });
  const blob = join(workshop, 'program.blob');
  const configuration = join(workshop, 'sea.json');
  const standinAgent = join(workshop, 'standin-agent.tar.gz');
  writeFileSync(standinAgent, await sourceArchive(standinAgentTag, join(root, 'src/standin/agent')));
  // By these names src/main.ts and src/standin/cloud/web/page-files.ts ask for them.
  const page = Object.fromEntries(pageFileNames.map((name) => [`cloud-page/${name}`, pageFile(name)]));
  const assets = { 'standin-agent.tar.gz': standinAgent, ...page };
  writeFileSync(
    configuration,
    JSON.stringify({ main, output: blob, assets, useCodeCache: true, disableExperimentalSEAWarning: true }),
  );
  execFileSync(process.execPath, ['--experimental-sea-config', configuration], { stdio: 'pipe' });
  const executable = join(workshop, EXECUTABLE);
  copyFileSync(process.execPath, executable);
  chmodSync(executable, 0o755);
  execFileSync('strip', [executable]);
  await postject.inject(executable, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: SEA_FUSE });
}

function stampBootstrap() {
  const stamps = {
    stamped_version: version,
    stamped_url: options.url,
    stamped_bundle_sha256: sha256(join(workshop, 'kickstart.tar.gz')),
    stamped_executable_sha256: options.executable ? sha256(join(workshop, EXECUTABLE)) : '',
  };
  let text = readFileSync(join(root, 'scripts/kickstart.sh'), 'utf8');
  for (const [name, value] of Object.entries(stamps)) {
    if (value.includes("'")) throw new Error(`${name} cannot hold a quote: ${value}`);
    if (!text.includes(`\n${name}=''\n`)) throw new Error(`scripts/kickstart.sh has no line ${name}=''`);
    text = text.replace(`\n${name}=''\n`, () => `\n${name}='${value}'\n`);
  }
  writeFileSync(join(workshop, 'kickstart.sh'), text, { mode: 0o755 });
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function printSize(file) {
  console.log(`${(statSync(join(output, file)).size / 1000).toFixed(0).padStart(8)} kB  ${file}`);
}
