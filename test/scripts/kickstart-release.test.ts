import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Ended, isHere, type Started, searchPath, shells, start, whereIs } from './shell-run.ts';

const script = readFileSync(resolve(import.meta.dirname, '../../scripts/kickstart.sh'), 'utf8');
const tools = ['sh', 'uname', 'mktemp', 'chmod', 'rm', 'cut', 'printf', 'sleep', 'touch', 'cat'];
const glibc = 'echo glibc 2.36';
const linux = 'case $1 in -s) echo Linux ;; *) echo x86_64 ;; esac';
const freebsd = 'case $1 in -s) echo FreeBSD ;; *) echo amd64 ;; esac';

// What the release holds: a shell file in place of the executable, and a bundle for Node.
const executable = `#!/bin/sh
[ "$1" = --version ] && exit 0
echo "executable: $*"
read -r answer && echo "answer: $answer"
exit 6
`;
const bundle = "console.log('bundle:', process.argv.slice(2).join(' ')); process.exitCode = 5;\n";

let server: Server;
let files: Record<string, Buffer | 'cut' | 'hang'>;
let released: Record<string, Buffer>;
let requests: string[];
let place: string;
let temporary: string;

beforeAll(async () => {
  released = { 'kickstart-linux-x64': Buffer.from(executable), 'kickstart.tar.gz': archiveOf(bundle) };
  server = createServer(({ url = '' }, answer) => {
    requests.push(url);
    const file = files[url.slice('/release/'.length)];
    if (file === undefined) answer.writeHead(404).end('<html>not here</html>');
    else if (file === 'hang') answer.writeHead(200).write('#!/bin/sh\n');
    else if (file === 'cut') answer.writeHead(200, { 'content-length': 1000 }).write('#!/bin/sh\n', () => answer.destroy());
    else answer.end(file);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'kickstart-release-'));
  temporary = join(place, 'temporary');
  mkdirSync(temporary);
  files = { ...released };
  requests = [];
});

afterEach(() => {
  expect(readdirSync(temporary), 'left behind').toEqual([]);
  rmSync(place, { recursive: true, force: true });
});

for (const [shell, words] of Object.entries(shells)) {
  test.skipIf(!isHere(words[0] ?? ''))(
    `under ${shell}: downloads, verifies and runs the executable, and gives on its exit status`,
    async () => {
      const ended = await run({ shell: words, arguments: ['--install', '/opt/a b'], input: 'yes\n' });
      expect(ended.stderr).toBe(`Downloading kickstart-linux-x64 of kickstart 0.1.0 from ${url()}.\n`);
      expect(ended.stdout).toBe('executable: --install /opt/a b\nanswer: yes\n');
      expect(ended.status).toBe(6);
    },
  );

  test.skipIf(!isHere(words[0] ?? ''))(`under ${shell}: takes the bundle with a Node that is there`, async () => {
    const ended = await run({
      shell: words,
      own: { uname: freebsd, node: `exec ${process.execPath} "$@"` },
      arguments: ['--version'],
    });
    expect(ended.stderr).toBe(`Downloading kickstart.tar.gz of kickstart 0.1.0 from ${url()}.\n`);
    expect(ended.stdout).toBe('bundle: --version\n');
    expect(ended.status).toBe(5);
  });

  test.skipIf(!isHere(words[0] ?? ''))(`under ${shell}: TERM reaches kickstart, which ends in its own time`, async () => {
    const patient =
      '#!/bin/sh\n[ "$1" = --version ] && exit 0\ntrap \'echo taking it back; exit 4\' TERM\necho ready\nturn=0\nwhile [ $turn -lt 1200 ]; do turn=$((turn + 1)); sleep 0.05; done\n';
    const started = begin({ shell: words, serve: { 'kickstart-linux-x64': Buffer.from(patient) } });
    await seen(started, 'ready');
    started.child.kill('SIGTERM');
    const ended = await started.ended;
    expect(ended.stdout).toBe('ready\ntaking it back\n');
    expect(ended.status).toBe(4);
  });

  test.skipIf(!isHere(words[0] ?? ''))(`under ${shell}: a signal during the download ends it at once`, async () => {
    files['kickstart-linux-x64'] = 'hang';
    const started = begin({ shell: words });
    await expect.poll(() => requests, { timeout: 10_000 }).toHaveLength(1);
    started.child.kill('SIGTERM');
    expect((await started.ended).status).toBe(143);
  });
}

test.each(['wget', 'busybox wget'])('downloads with %s where there is no curl', async (name) => {
  if (!isHere(name.split(' ')[0] ?? '')) return expect.unreachable(`${name} is not here: see scripts/debian-packages.txt`);
  const wget = `exec ${name.startsWith('busybox') ? `${whereIs('busybox')} wget` : whereIs('wget')} "$@"`;
  expect(await run({ without: ['curl'], own: { wget } })).toMatchObject({ status: 6, stdout: 'executable: \n' });
});

test.each([
  ['shasum', `[ "$1 $2" = '-a 256' ] && exec ${whereIs('sha256sum')}`],
  ['openssl', `exec ${whereIs('openssl')} "$@"`],
  ['sha256', `[ "$1" = -q ] && ${whereIs('sha256sum')} | ${whereIs('cut')} -c 1-64`],
])('verifies with %s where there is no sha256sum', async (name, text) => {
  expect((await run({ without: ['sha256sum'], own: { [name]: text } })).status).toBe(6);
  files['kickstart-linux-x64'] = Buffer.from(`${executable}# altered\n`);
  expect((await run({ without: ['sha256sum'], own: { [name]: text } })).status).toBe(4);
});

test('runs nothing of a file that is not the released one', async () => {
  files['kickstart-linux-x64'] = Buffer.from(`#!/bin/sh\ntouch ${place}/was-run\n`);
  const refused = await run();
  expect(existsSync(join(place, 'was-run'))).toBe(false);
  expect(refused.status).toBe(4);
  expect(refused.stdout).toBe('');
  expect(lines(refused).slice(1)).toEqual([
    `${url()}/kickstart-linux-x64 is not the file that was released.`,
    `Its SHA-256 is ${sha256(files['kickstart-linux-x64'])}, and that of the release is ${sha256(executable)}: it was cut off, altered, or belongs to another version.`,
    'Do not use it. Take kickstart.sh again from the same place; when that does not help, report it.',
    'VERIFY_CHECKSUM.',
  ]);
});

test.each<[string, 'cut' | undefined]>([
  ['a connection that breaks', 'cut'],
  ['a file that is not there', undefined],
])('%s is a download that did not happen', async (_sentence, how) => {
  files = how === undefined ? {} : { 'kickstart-linux-x64': how };
  const refused = await run();
  expect(refused.status).toBe(4);
  expect(lines(refused).at(-1)).toBe('FETCH_FAILED.');
  expect(lines(refused)).toContain(`${url()}/kickstart-linux-x64 could not be downloaded.`);
});

for (const [shell, words] of Object.entries(shells)) {
  test.skipIf(!isHere(words[0] ?? ''))(
    `under ${shell}: a standard stream that is closed is /dev/null for kickstart`,
    async () => {
      const streams = 'open=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$open" >"$HOME/streams"';
      const serve = { 'kickstart-linux-x64': Buffer.from(`#!/bin/sh\n[ "$1" = --version ] && exit 0\n${streams}\nexit 6\n`) };
      writeFileSync(join(place, 'kickstart.sh'), stamped({ ...released, ...serve }));
      files = { ...files, ...serve };
      const command = `${words.join(' ')} ${place}/kickstart.sh <&- >&- 2>&-; echo "exit $?"`;
      const linked = ['bash', 'dash', 'mksh', 'busybox', 'readlink'].filter(isHere);
      const ended = await start(['/bin/sh', '-c', command], environment(path({ linked })), '', place).ended;
      expect(ended.stdout).toBe('exit 6\n');
      expect(readFileSync(join(place, 'streams'), 'utf8')).toBe('/dev/null\n/dev/null\n/dev/null\n');
    },
  );
}

test.each([
  ['musl', 'exit 1'],
  ['glibc 2.27', 'echo glibc 2.27'],
])('on %s, without a Node, it refuses and says what to install', async (_name, getconf) => {
  const refused = await run({ own: { getconf, node: 'echo v22.1.0' } });
  expect(refused.status).toBe(3);
  expect(lines(refused)).toEqual([
    'kickstart does not run on Linux x86_64 without Node.js 24 or newer. Node v22.1.0 is here, and is too old.',
    'The executable that brings its own is for Linux on x86-64 with glibc 2.28 or newer.',
    'Install Node.js 24 or newer, then run this again.',
    'HOST_UNSUPPORTED_SYSTEM.',
  ]);
  expect(requests).toEqual([]);
});

test('an executable that does not start here makes way for the bundle', async () => {
  const foreign = Buffer.from('#!/nowhere/loader\n');
  const ended = await run({ serve: { 'kickstart-linux-x64': foreign }, own: { node: `exec ${process.execPath} "$@"` } });
  expect(ended).toMatchObject({ status: 5, stdout: 'bundle: \n' });
  expect(ended.stderr).toContain('kickstart-linux-x64 does not start on this machine; taking the bundle and ');
});

test('a release without an executable is the bundle', async () => {
  const ended = await run({ stamps: { stamped_executable_sha256: '' }, own: { node: `exec ${process.execPath} "$@"` } });
  expect(ended).toMatchObject({ status: 5, stdout: 'bundle: \n' });
});

test.each([
  ['nothing to download with', ['curl'], 'Neither curl nor wget is here.'],
  ['nothing to verify with', ['sha256sum'], 'None of sha256sum, shasum, openssl and sha256 is here.'],
])('refuses when there is %s', async (_sentence, without, what) => {
  const refused = await run({ without });
  expect(refused.status).toBe(3);
  expect(lines(refused)[0]).toBe(what);
  expect(lines(refused).at(-1)).toBe('HOST_PROGRAM_MISSING.');
  expect(requests).toEqual([]);
});

test('tries another place when programs may not run in the first, and refuses when there is none', async () => {
  // A chmod that does nothing is a file system on which nothing can be run.
  const chmod = `case $2 in ${temporary}/first/*) ;; *) exec ${whereIs('chmod')} "$@" ;; esac`;
  mkdirSync(join(temporary, 'first'));
  mkdirSync(join(temporary, 'home'));
  const mktemp = `case $2 in ${temporary}/*) exec ${whereIs('mktemp')} "$@" ;; *) exit 1 ;; esac`;
  const variables = { TMPDIR: join(temporary, 'first'), HOME: join(temporary, 'home') };
  expect((await run({ own: { chmod, mktemp }, variables })).status).toBe(6);
  const refused = await run({ own: { chmod: ':', mktemp }, variables });
  expect(refused.status).toBe(3);
  expect(lines(refused).at(-1)).toBe('HOST_NO_TEMPORARY_DIRECTORY.');
  expect(readdirSync(join(temporary, 'first'))).toEqual([]);
  expect(readdirSync(join(temporary, 'home'))).toEqual([]);
  rmSync(join(temporary, 'first'), { recursive: true });
  rmSync(join(temporary, 'home'), { recursive: true });
});

test('says so when nobody told it where the release is', async () => {
  const refused = await run({ variables: { KICKSTART_URL: '' } });
  expect(refused.status).toBe(2);
  expect(lines(refused).at(-1)).toBe('USAGE_MISSING_VALUE.');
});

test('runs from a pipe of the shell, as in bash <(curl …)', async () => {
  writeFileSync(join(place, 'kickstart.sh'), stamped());
  const ended = await start(
    ['/bin/bash', '-c', `bash <(cat ${place}/kickstart.sh) --keep`],
    environment(path({ linked: ['bash'] })),
    'yes\n',
    place,
  ).ended;
  expect(ended).toMatchObject({ status: 6, stdout: 'executable: --keep\nanswer: yes\n' });
});

test.skipIf(!isHere('script'))('asks at the terminal when it is piped into a shell', async () => {
  writeFileSync(join(place, 'kickstart.sh'), stamped());
  // script(1) gives it a terminal; what we write is what somebody types there.
  const child = spawn(whereIs('script') ?? '', ['-qec', `cat ${place}/kickstart.sh | sh -s -- --keep`, '/dev/null'], {
    env: { ...environment(path({})), SHELL: '/bin/sh' },
    stdio: 'pipe',
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes('executable: --keep') && !child.stdin.writableEnded) child.stdin.end('typed\n');
  });
  const status = await new Promise((ended) => child.on('close', ended));
  expect(output).toContain('answer: typed');
  expect(status).toBe(6);
});

interface Situation {
  shell?: readonly string[];
  arguments?: readonly string[];
  input?: string;
  own?: Record<string, string>;
  without?: readonly string[];
  /** Released with these bytes, so that their checksum is the stamped one. */
  serve?: Record<string, Buffer>;
  stamps?: Record<string, string>;
  variables?: Record<string, string>;
}

function run(situation: Situation = {}): Promise<Ended> {
  return begin(situation).ended;
}

function begin({ shell = ['sh'], input = '', arguments: words = [], serve = {}, ...rest }: Situation): Started {
  files = { ...files, ...serve };
  writeFileSync(join(place, 'kickstart.sh'), stamped({ ...released, ...serve }, rest.stamps));
  const [program = '', ...more] = shell;
  const variables = { ...environment(path(rest)), ...rest.variables };
  return start([whereIs(program) ?? program, ...more, join(place, 'kickstart.sh'), ...words], variables, input, place);
}

let paths = 0;

function path({
  own = {},
  without = [],
  linked = [],
}: {
  own?: Record<string, string>;
  without?: readonly string[];
  linked?: string[];
}): string {
  paths += 1;
  const replaced = { getconf: glibc, uname: linux, ...own };
  const wanted = [...tools, 'curl', 'sha256sum', 'tar', 'gzip', ...linked];
  return searchPath(
    join(place, `bin-${paths}`),
    wanted.filter((tool) => !without.includes(tool) && !(tool in replaced)),
    replaced,
  );
}

function environment(searched: string): Record<string, string> {
  return { PATH: searched, TMPDIR: temporary, HOME: place, KICKSTART_URL: `${url()}/` };
}

function url(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/release`; // a TCP server's address is never text
}

/** kickstart.sh as scripts/build.mjs stamps it. */
function stamped(from: Record<string, Buffer> = released, others: Record<string, string> = {}): string {
  const stamps: Record<string, string> = {
    stamped_version: '0.1.0',
    stamped_bundle_sha256: sha256(from['kickstart.tar.gz'] ?? ''),
    stamped_executable_sha256: sha256(from['kickstart-linux-x64'] ?? ''),
    ...others,
  };
  return Object.entries(stamps).reduce((text, [name, value]) => text.replace(`${name}=''`, `${name}='${value}'`), script);
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function archiveOf(main: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-archive-'));
  try {
    mkdirSync(join(directory, 'kickstart'));
    writeFileSync(join(directory, 'kickstart/kickstart.cjs'), main);
    return execFileSync('tar', ['-czf', '-', '-C', directory, 'kickstart']);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function seen({ child }: Started, text: string): Promise<void> {
  let output = '';
  await new Promise<void>((found) => {
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      if (output.includes(text)) found();
    });
  });
}

function lines({ stderr }: Ended): string[] {
  return stderr.trimEnd().split('\n');
}
