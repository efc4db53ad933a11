import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished, vi } from 'vitest';

export interface Result {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const tree = fileURLToPath(new URL('../../src/standin/agent', import.meta.url));

export interface AgentBuild {
  /** What packaging/version says: it decides which link the agent has, and which tool builds it. */
  version: string;
  tool: keyof typeof tools;
  options: readonly string[];
  /** A directory laid out like externaldeps/. */
  libraries?: string;
  /** For configure, beside this process's own. */
  environment?: Readonly<Record<string, string>>;
  /** Then nothing is compiled or installed, and both say so. */
  configureOnly?: true;
}

/** Why an agent with this library cannot be built here; nothing when it can. */
export function refusalOf(library: string): string | undefined {
  const libraries = inject('testLibraries');
  if (libraries.directory === undefined) return libraries.refusal;
  return existsSync(join(libraries.directory, library)) ? undefined : `${library} is not among the libraries of the tests`;
}

/** Configures, builds and installs the stand-in agent below `root`, which is a temporary directory of the caller. Returns what each part said. */
export async function buildAgent(root: string, { version, tool, options, libraries, environment, configureOnly }: AgentBuild) {
  const source = join(root, 'source');
  await cp(tree, source, { recursive: true });
  await writeFile(join(source, 'packaging/version'), `${version}\n`);
  if (libraries !== undefined) await symlink(libraries, join(source, 'externaldeps'));
  const { configureWords, makeWords } = tools[tool];
  // From 1.45 on externaldeps/ is not looked at: there they are the system's.
  const ofSystem = tool === 'cmake' && libraries !== undefined ? await systemLibraries(libraries, join(root, 'pkgconfig')) : {};
  const variables = { ...process.env, ...ofSystem, ...environment };
  const configure = await run([...configureWords, ...options], { directory: source, variables });
  const nothing: Result = { exitCode: 1, stdout: '', stderr: 'not tried' };
  if (configureOnly) return { configure, make: nothing, install: nothing };
  const make = await run(['make', ...makeWords, '-j2'], { directory: source });
  const install = await run(['make', ...makeWords, 'install', `DESTDIR=${join(root, 'installed')}`], { directory: source });
  return { configure, make, install };
}

/** The environment in which pkg-config and the search path know JSON-C and protobuf of a directory that is laid out like externaldeps/. */
async function systemLibraries(libraries: string, packages: string): Promise<Record<string, string>> {
  await mkdir(packages);
  const { jsonc, protobuf } = { jsonc: join(libraries, 'jsonc'), protobuf: join(libraries, 'protobuf/src') };
  const describe = (name: string, version: string, lines: readonly string[]) =>
    writeFile(
      join(packages, `${name}.pc`),
      [`Name: ${name}`, 'Description: of the tests', `Version: ${version}`, ...lines, ''].join('\n'),
    );
  await describe('json-c', '0.16', [`Libs: -L${jsonc} -ljson-c -lm`, `Cflags: -I${jsonc} -I${jsonc}/json-c`]);
  await describe('protobuf', '3.21.12', [`Libs: -L${protobuf}/.libs -lprotobuf -lpthread`, `Cflags: -I${protobuf}`]);
  return { PKG_CONFIG_PATH: packages, PATH: `${protobuf}:${process.env.PATH}` };
}

/** A program that stands before another one and refuses to know this word: a pkg-config without a package, a compiler without a library. */
export async function programWithout(words: readonly string[], program: string, directory: string): Promise<string> {
  const path = join(directory, `less-${program}`);
  const patterns = words.map((word) => `*' ${word} '*`).join('|');
  await writeFile(path, `#!/bin/sh\ncase " $* " in ${patterns}) echo "no ${words}" >&2; exit 1 ;; esac\nexec ${program} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

const off = [
  'GO',
  'SCRIPTS',
  'OTEL',
  'OTEL_SIGNAL_VIEWER',
  'EBPF',
  'FREEIPMI',
  'NFACCT',
  'XENSTAT',
  'SYSTEMD_JOURNAL',
  'SYSTEMD_UNITS',
];
/** For CMake: what an agent's own installer leaves out where it cannot be had, and what would be fetched. */
export const withoutFetched = [
  ...off.map((name) => `-DENABLE_PLUGIN_${name}=Off`),
  ...['ML', 'LIBBACKTRACE', 'DASHBOARD', 'EXPORTER_PROMETHEUS_REMOTE_WRITE'].map((name) => `-DENABLE_${name}=Off`),
];

const places = ['--prefix=/usr', '--sysconfdir=/etc', '--localstatedir=/var', '--libexecdir=/usr/libexec', '--libdir=/usr/lib'];
const tools = {
  autotools: { configureWords: ['./configure', ...places], makeWords: [] },
  cmake: {
    configureWords: ['cmake', '-S', '.', '-B', 'build', '--no-warn-unused-cli', '-DCMAKE_INSTALL_PREFIX=/'],
    makeWords: ['-C', 'build'],
  },
} as const;

export interface RunningAgent {
  info(): Promise<Record<string, unknown>>;
  read(path: string): Promise<Response>;
  netdatacli(...words: string[]): Promise<Result>;
  cloudDirectory: string;
  /** SIGTERM; resolves with the exit status. */
  stop(): Promise<number | string>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<unknown>;
}

/** The directories and the port of one agent, which outlive a restart. */
export interface AgentPlace {
  /** Also its configuration directory; its state is in lib below it. */
  home: string;
  port: number;
}

/** A place with a netdata.conf that has these lines too; gone after the test. */
export async function newPlace(settings = ''): Promise<AgentPlace> {
  const place = { home: await mkdtemp(join(tmpdir(), 'agent-')), port: await freePort() };
  onTestFinished(() => rm(place.home, { recursive: true }));
  await writeFile(join(place.home, 'netdata.conf'), `${configurationText(place.home, place.port)}${settings}`);
  return place;
}

/** Starts an agent that buildAgent installed, in the foreground. Ended with the test at the latest. */
export async function startAgent(
  root: string,
  environment: Readonly<Record<string, string>> = {},
  given?: AgentPlace,
): Promise<RunningAgent> {
  const { home, port } = given ?? (await newPlace());
  const programs = join(root, 'installed/usr/sbin');
  const configuration = join(home, 'netdata.conf');
  const variables = { ...process.env, NETDATA_PIPENAME: join(home, 'netdata.pipe'), ...environment };
  const agent = spawn(join(programs, 'netdata'), ['-D', '-c', configuration], { env: variables, stdio: 'ignore' });
  const ended = endOf(agent);
  onTestFinished(async () => {
    agent.kill('SIGKILL');
    await ended;
  });

  async function read(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${port}${path}`);
  }
  async function info(): Promise<Record<string, unknown>> {
    // The cast: the stand-in agent's own answer, which is an object.
    return (await read('/api/v1/info')).json() as Promise<Record<string, unknown>>;
  }
  await vi.waitFor(info, { timeout: 10_000, interval: 20 });
  return {
    info,
    read,
    netdatacli: (...words) => run([join(programs, 'netdatacli'), ...words], { variables }),
    cloudDirectory: join(home, 'lib/cloud.d'),
    stop() {
      agent.kill('SIGTERM');
      return ended;
    },
    kill() {
      agent.kill('SIGKILL');
      return ended;
    },
  };
}

export function newRoot(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'agent-build-'));
}

function configurationText(home: string, port: number): string {
  const directories = ['lib', 'cache', 'log', 'run'].map((name) => `    ${name} = ${home}/${name}\n`).join('');
  return `[global]\n    run as user = ${userInfo().username}\n[directories]\n    config = ${home}\n${directories}[web]\n    default port = ${port}\n`;
}

interface RunOptions {
  directory?: string;
  variables?: NodeJS.ProcessEnv;
}

export function run([program = '', ...words]: readonly string[], { directory, variables }: RunOptions): Promise<Result> {
  return new Promise((resolve) => {
    execFile(program, words, { cwd: directory, env: variables ?? process.env }, (error, stdout, stderr) => {
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : error ? 127 : 0, stdout, stderr });
    });
  });
}

function endOf(agent: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => agent.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
