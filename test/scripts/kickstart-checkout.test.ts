import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Ended, isHere, type Started, searchPath, shells, start, whereIs } from './shell-run.ts';

const script = resolve(import.meta.dirname, '../../scripts/kickstart.sh');
const tools = ['dirname', 'cat', 'cksum', 'grep', 'find', 'sort', 'uname', 'sh', 'printf'];
const npm = [
  'echo "npm $*" >>"$CALLS"',
  '[ ! -e "$CALLS.offline" ] || { echo "npm: there is no network"; exit 1; }',
  'mkdir -p node_modules/.bin && ln -sf "$REAL_NODE" node_modules/.bin/node',
].join('\n');
const build = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
appendFileSync(process.env.CALLS, 'build\\n');
const main = readFileSync('src/main.ts', 'utf8');
if (main.includes('broken')) throw new Error('src/main.ts is broken');
mkdirSync('dist/kickstart', { recursive: true });
writeFileSync('dist/kickstart/kickstart.cjs', main);
`;
const main = "console.log('running in', process.cwd(), 'with', process.argv.slice(2).join('|')); process.exitCode = 6;\n";

let place: string;
let root: string;
let calls: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kickstart-checkout-'));
  root = join(place, 'a checkout');
  calls = join(place, 'calls');
  mkdirSync(join(root, 'scripts'), { recursive: true });
  mkdirSync(join(root, 'src'));
  copyFileSync(script, join(root, 'scripts/kickstart.sh'));
  writeFileSync(join(root, 'scripts/build.mjs'), build);
  writeFileSync(join(root, 'src/main.ts'), main);
  writeFileSync(join(root, 'package.json'), '{\n  "name": "kickstart"\n}\n');
  writeFileSync(join(root, 'package-lock.json'), '{}\n');
  writeFileSync(join(root, '.npmrc'), 'fund=false\n');
  writeFileSync(calls, '');
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

for (const [shell, words] of Object.entries(shells)) {
  test.skipIf(!isHere(words[0] ?? ''))(`under ${shell}: the first start makes everything ready, the second nothing`, async () => {
    const first = await kickstart({ words });
    expect(first).toEqual({
      status: 6,
      stdout: `running in ${place} with rehearse|--name=a b\n`,
      stderr: "Installing kickstart's own libraries with npm.\nBuilding kickstart.\n",
    });
    expect(callsSoFar()).toEqual(['npm ci --no-progress', 'build']);
    const second = await kickstart({ words });
    expect(second).toEqual({ ...first, stderr: '' });
    expect(callsSoFar()).toEqual(['npm ci --no-progress', 'build']);
  });
}

for (const [shell, words] of Object.entries(shells)) {
  test.skipIf(!isHere(words[0] ?? ''))(
    `under ${shell}: of two first starts at once one makes everything ready, and both run`,
    async () => {
      const slow = `echo "npm waits" >>"$CALLS"; until [ -e "$CALLS.go" ]; do sleep 0.02; done\n${npm}`;
      const one = begin({ words, own: { npm: slow } });
      await expect.poll(callsSoFar, { timeout: 30_000 }).toContain('npm waits');
      const other = begin({ words, own: { npm: slow } });
      await saysOnError(other, 'Waiting for another start of this checkout.');
      writeFileSync(`${calls}.go`, '');
      expect((await one.ended).status).toBe(6);
      expect(await other.ended).toMatchObject({ status: 6, stdout: `running in ${place} with rehearse|--name=a b\n` });
      expect(callsSoFar()).toEqual(['npm waits', 'npm ci --no-progress', 'build']);
    },
  );
}

test('where there is no flock, a start makes everything ready all the same', async () => {
  expect((await kickstart({ without: ['flock'] })).status).toBe(6);
});

test('a start whose reader has ended goes on', async () => {
  const path = searchPath(join(place, 'bin-broken'), [...tools, 'mkdir', 'ln', 'node'], { npm });
  const command = `{ '${join(root, 'scripts/kickstart.sh')}' rehearse; echo "exit $?" >>"$CALLS"; } 2>&1 | exec sleep 0`;
  await start(['/bin/sh', '-c', command], { PATH: `${path}:/bin`, CALLS: calls, REAL_NODE: process.execPath }, '', place).ended;
  expect(callsSoFar()).toEqual(['npm ci --no-progress', 'build', 'exit 6']);
});

test('builds again after a source was changed, and installs nothing', async () => {
  await kickstart();
  appendFileSync(join(root, 'src/main.ts'), "console.log('changed');\n");
  expect((await kickstart()).stdout).toContain('changed\n');
  expect(callsSoFar()).toEqual(['npm ci --no-progress', 'build', 'build']);
});

test('installs again after the lock file was changed, or node_modules is gone', async () => {
  await kickstart();
  writeFileSync(join(root, 'package-lock.json'), '{ }\n');
  await kickstart();
  rmSync(join(root, 'node_modules'), { recursive: true });
  await kickstart();
  expect(callsSoFar().filter((call) => call.startsWith('npm'))).toHaveLength(3);
});

test('shows the output of npm only when npm fails, and tries again the next time', async () => {
  writeFileSync(`${calls}.offline`, '');
  const failed = await kickstart();
  expect(failed.status).toBe(4);
  expect(failed.stdout).toBe('');
  expect(failed.stderr).toContain('npm: there is no network\n');
  expect(lastLines(failed, 4)).toEqual([
    `npm could not install kickstart's libraries into ${root}/node_modules.`,
    'Its output is above.',
    'Mend what it names (network, proxy or registry settings of npm, disk space), then run this again.',
    'FETCH_FAILED.',
  ]);
  rmSync(`${calls}.offline`);
  expect((await kickstart()).status).toBe(6);
});

test('does not run an older bundle when the build fails', async () => {
  await kickstart();
  writeFileSync(join(root, 'src/main.ts'), 'broken');
  for (const attempt of [1, 2]) {
    const failed = await kickstart();
    expect(failed.status, `attempt ${attempt}`).toBe(1);
    expect(failed.stdout).toBe('');
    expect(failed.stderr).toContain('src/main.ts is broken');
    expect(lastLines(failed, 1)).toEqual(['FAULT.']);
  }
});

test('refuses when npm is not here, and names what to install', async () => {
  const refused = await kickstart({ own: {} });
  expect(refused.status).toBe(3);
  expect(lastLines(refused, 1)).toEqual(['HOST_PROGRAM_MISSING.']);
  expect(refused.stderr).toContain('npm is not here.\n');
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
});

test('on another system an older Node is refused before anything is fetched', async () => {
  const refused = await kickstart({
    own: { npm, uname: 'case $1 in -s) echo FreeBSD ;; *) echo amd64 ;; esac', node: 'echo v20.1.0' },
  });
  expect(refused.status).toBe(3);
  expect(lastLines(refused, 4)).toEqual([
    'kickstart does not run on FreeBSD amd64 without Node.js 24 or newer. Node v20.1.0 is here, and is too old.',
    'The executable that brings its own is for Linux on x86-64 with glibc 2.28 or newer.',
    'Install Node.js 24 or newer, then run this again.',
    'HOST_UNSUPPORTED_SYSTEM.',
  ]);
  expect(callsSoFar()).toEqual([]);
});

test('on another system it runs with the Node that is there', async () => {
  const uname = 'case $1 in -s) echo FreeBSD ;; *) echo amd64 ;; esac';
  const own = { npm: 'mkdir -p node_modules', uname, node: 'echo "own node" >>"$CALLS"; exec "$REAL_NODE" "$@"' };
  expect((await kickstart({ own })).status).toBe(6);
  expect(callsSoFar().filter((call) => call === 'own node').length).toBeGreaterThan(1);
  expect(readFileSync(join(root, 'node_modules/.kickstart-installed'), 'utf8')).toMatch(/\/node\n$/);
});

test('refuses as a stray copy, which belongs to nothing', async () => {
  rmSync(join(root, 'package.json'));
  const refused = await kickstart();
  expect(refused.status).toBe(3);
  expect(lastLines(refused, 1)).toEqual(['RELEASE_INVALID.']);
});

test('a copy piped into a shell does not take the directory it is run in for its checkout', async () => {
  const path = searchPath(join(place, 'bin-piped'), tools, { npm });
  const input = readFileSync(script, 'utf8');
  const refused = await start(['/bin/sh'], { PATH: path, CALLS: calls }, input, join(root, 'scripts')).ended;
  expect(refused.status).toBe(3);
  expect(lastLines(refused, 1)).toEqual(['RELEASE_INVALID.']);
});

let paths = 0;

interface Situation {
  words?: readonly string[];
  own?: Record<string, string>;
  without?: readonly string[];
}

function kickstart(situation: Situation = {}): Promise<Ended> {
  return begin(situation).ended;
}

function begin({ words = ['/bin/sh'], own = { npm }, without = [] }: Situation): Started {
  paths += 1;
  const left = [...Object.keys(own), ...without];
  const linked = [...tools, 'mkdir', 'ln', 'node', 'flock', 'sleep'].filter((tool) => !left.includes(tool));
  const path = searchPath(join(place, `bin-${paths}`), linked, own);
  const environment = { PATH: path, CALLS: calls, REAL_NODE: process.execPath };
  const [shell = '', ...rest] = words;
  return start(
    [whereIs(shell) ?? shell, ...rest, join(root, 'scripts/kickstart.sh'), 'rehearse', '--name=a b'],
    environment,
    '',
    place,
  );
}

async function saysOnError({ child }: Started, text: string): Promise<void> {
  let said = '';
  await new Promise<void>((heard) => {
    child.stderr?.on('data', (chunk) => {
      said += chunk;
      if (said.includes(text)) heard();
    });
  });
}

function callsSoFar(): string[] {
  return readFileSync(calls, 'utf8').split('\n').filter(Boolean);
}

function lastLines({ stderr }: Ended, count: number): string[] {
  return stderr.trimEnd().split('\n').slice(-count);
}
