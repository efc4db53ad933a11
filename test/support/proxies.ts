import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach } from 'vitest';
import { createRealSystem } from '../../src/system/real-system.ts';
import { type ProxyKind, proxyKinds } from './proxy-kinds.ts';
import { watchOver } from './watch-over.ts';

export interface ProxyOptions {
  /** Who may use it; with neither, everybody. Letters and digits only: tinyproxy takes no others. */
  user?: string;
  password?: string;
  /** Names that the proxy resolves and this machine does not: name → address. */
  hosts?: Readonly<Record<string, string>>;
}

export interface Proxy {
  /** With user and password; http://… or socks5h://…, on 127.0.0.1. */
  url: string;
  /**
   * What it was asked so far: `CONNECT host:port`, `GET http://…`, or for SOCKS `host:port`; microsocks tells only of connections that it made.
   * It is complete for all that a client has an answer to.
   */
  requests(): Promise<readonly string[]>;
  /** Safe to repeat; comes by itself after the test. */
  stop(): Promise<void>;
}

const running: Proxy[] = [];

afterEach(async () => {
  for (const proxy of running.splice(0)) await proxy.stop();
});

/** A real proxy with a configuration of its own in a directory of its own, gone after the test, also when the tests are killed. Needs root. */
export async function startProxy(kind: ProxyKind, options: ProxyOptions = {}): Promise<Proxy> {
  // The port is free when it is chosen; somebody else may be faster.
  for (let attempt = 1; ; attempt += 1) {
    const proxy = await startOn(await createRealSystem({ environment: {} }).freePort(), kind, options);
    if ('url' in proxy) return proxy;
    if (attempt === 3) throw new Error(`${kind} does not start: ${proxy.complaint}`);
  }
}

/** Why there can be no such proxies here, in one line; undefined when there can. */
export function proxyRefusal(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can give a proxy names of its own';
  const missing = Object.values(proxyKinds).find(({ program }) => !existsSync(program));
  if (missing !== undefined) return `${missing.program} is not here`;
  try {
    execFileSync('unshare', ['--mount', '--pid', '--fork', 'true'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'this machine allows no mounts and processes of its own';
  }
}

async function startOn(port: number, kind: ProxyKind, options: ProxyOptions): Promise<Proxy | { complaint: string }> {
  const { program, scheme, files, words, sees, requestsIn } = proxyKinds[kind];
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-proxy-'));
  const release = watchOver(directory);
  const { user, password, hosts = {} } = options;
  const login = user === undefined || password === undefined ? undefined : { user, password };
  const setting = { directory, port, ...(login && { login }) };
  const log = join(directory, 'log');
  for (const [name, content] of Object.entries(files(setting))) writeFileSync(join(directory, name), content);
  writeFileSync(join(directory, 'hosts'), `127.0.0.1 localhost\n${Object.entries(hosts).map(hostsLine).join('')}`);
  // The proxies run as nobody, who reads the files, writes the log, and may have files of its own.
  chmodSync(directory, 0o1777);
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  const daemon = start([program, ...words(setting)], { directory, log, sees: { '/etc/hosts': 'hosts', ...sees } });
  const stop = async () => {
    await end(daemon);
    rmSync(directory, { recursive: true, force: true });
    release();
  };
  if (!(await accepts(port, daemon))) {
    const complaint = readFileSync(log, 'utf8').trim();
    await stop();
    return { complaint };
  }
  const proxy: Proxy = {
    url: `${scheme}://${login === undefined ? '' : `${login.user}:${login.password}@`}127.0.0.1:${port}`,
    requests: async () => [...readFileSync(log, 'utf8').matchAll(requestsIn)].map(([, ...parts]) => parts.join(':')),
    stop: async () => {
      await stop();
      await closed(port);
    },
  };
  running.push(proxy);
  return proxy;
}

interface Place {
  directory: string;
  log: string;
  /** Path on the machine → name in the directory. */
  sees: Readonly<Record<string, string>>;
}

/** It sees files of its own in the place of the machine's; what it starts ends with it. The process is that of unshare, which waits for it. */
function start(command: readonly string[], { directory, log, sees }: Place): ChildProcess {
  const output = openSync(log, 'a');
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--pdeathsig', 'KILL'];
  const script = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit; shift 2; done; shift; exec "$@"';
  const mounts = Object.entries(sees).flatMap(([path, name]) => [join(directory, name), path]);
  const words = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'];
  const ownFiles = ['sh', '-c', script, 'sh', ...mounts, '--'];
  try {
    return spawn('setpriv', [...words, ...ownFiles, ...asNobody, ...command], {
      ...{ stdio: ['ignore', output, output], cwd: directory },
      env: { ...process.env, TMPDIR: directory },
    });
  } finally {
    closeSync(output);
  }
}

async function end(daemon: ChildProcess): Promise<void> {
  if (hasEnded(daemon)) return;
  const gone = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGKILL');
  await gone;
}

/** The proxy, and what it started, may hold the port for a moment longer than unshare. */
async function closed(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && (await canConnect(port)); attempt += 1) await setTimeout(50);
}

/** Waits until the proxy takes connections; false when it ended instead, or took none in ten seconds. */
async function accepts(port: number, daemon: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && !hasEnded(daemon); attempt += 1) {
    if (await canConnect(port)) return !hasEnded(daemon);
    await setTimeout(50);
  }
  return false;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function hostsLine([name, address]: [string, string]): string {
  return `${address} ${name}\n`;
}
