// What holds for the sources without running them. Prints the output of what fails; the exit status is the number of failures.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brokenRules } from './check-imports.mjs';
import { missingEntries } from './complete-lock.mjs';

const root = resolve(import.meta.dirname, '..');
const tracked = run('git', ['ls-files', '--cached', '--others', '--exclude-standard']).output.split('\n').filter(isFile);

// Each returns what is wrong; an empty text is a pass.
const checks = {
  'format and lint (biome)': () => complaint('biome', ['check', '--error-on-warnings', '.']),
  'types (tsc)': () => complaint('tsc', ['-p', '.']),
  'nothing unused (knip)': () => complaint('knip', ['--no-progress']),
  'who imports whom': () => brokenRules(root).join('\n'),
  'shell files (shellcheck)': () => complaint('shellcheck', shellFiles()),
  'the lock file names no download addresses': () => matches(['package-lock.json'], /"resolved"|https?:\/\/[^"]*\.tgz/),
  'the lock file has an entry for every platform': () =>
    Object.keys(missingEntries(JSON.parse(read('package-lock.json'))))
      .map((path) => `${path} is missing: node scripts/complete-lock.mjs adds it.`)
      .join('\n'),
  'no file names a package registry': () => matches(tracked, registryHosts()),
};

let failures = 0;
for (const [name, check] of Object.entries(checks)) {
  const wrong = check().trim();
  console.log(`${wrong === '' ? '✓' : '✗'} ${name}`);
  if (wrong === '') continue;
  failures += 1;
  console.log(wrong.replace(/^/gm, '  '));
}
process.exitCode = failures;

function complaint(program, words) {
  const { status, output } = run(program, words);
  if (status === undefined) return `${program} is not here: npm ci brings it, or for shellcheck apt-get install shellcheck.`;
  return status === 0 ? '' : output || `${program} ended with ${status}`;
}

function run(program, words) {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
  const options = { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: path }, maxBuffer: 64 * 1024 * 1024 };
  const { error, status, signal, stdout, stderr } = spawnSync(program, words, options);
  if (error?.code === 'ENOENT') return { status: undefined, output: '' };
  return { status: status ?? signal, output: `${stdout}${stderr}` };
}

// A file that git knows can be gone from the work tree; a link to a directory is no text.
function isFile(path) {
  return path !== '' && statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
}

function shellFiles() {
  return tracked.filter((path) => /^#!.*\b(sh|bash)\b/.test(read(path).split('\n', 1)[0]));
}

function matches(paths, pattern) {
  const lines = paths.flatMap((path) =>
    read(path)
      .split('\n')
      .map((line, index) => ({ place: `${path}:${index + 1}`, line })),
  );
  return lines
    .filter(({ line }) => pattern.test(line))
    .map(({ place }) => place)
    .join('\n');
}

/** Where this machine gets its packages from: files that name it would work, or be true, here only. */
function registryHosts() {
  const settings = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.{list,sources}')].map(readIfThere);
  const addresses = [run('npm', ['config', 'get', 'registry']).output, ...settings].join('\n').matchAll(/https?:\/\/([^/\s]+)/g);
  const hosts = [...new Set([...addresses].map(([, host]) => host))];
  return hosts.length === 0 ? /$^/ : new RegExp(hosts.map((host) => RegExp.escape(host)).join('|'));
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function read(path) {
  return readFileSync(join(root, path), 'utf8');
}
