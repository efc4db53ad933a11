import { isDeepStrictEqual } from 'node:util';
import { KickstartError } from '../../src/errors.ts';
import { Secret, type Text } from '../../src/system/secret.ts';
import {
  type Command,
  type CommandResult,
  HttpFailure,
  type HttpFailureReason,
  type HttpRequest,
  type Owner,
  type ProcessPlatform,
  type System,
} from '../../src/system/system.ts';
import { createFakeFiles, type FakeEntry } from './fake-files.ts';
import { procFiles } from './fake-proc.ts';
import { testKeyPair } from './test-key-pair.ts';

/** A program the machine has. The first row that matches answers; without `arguments` any will do. */
export interface FakeCommand {
  program: string;
  arguments?: readonly string[] | ((given: readonly string[]) => boolean);
  /** Default: exit code 0 and no output. A function sees the machine as it is at the call, before the effect. */
  result?: Partial<CommandResult> | ((system: FakeSystem, command: Command) => Partial<CommandResult>);
  /** What the program does to the machine; only when its exit code is 0. */
  effect?: (system: System, command: Command) => Promise<unknown>;
}

/** A server the machine can reach. The first row that matches answers. */
export interface FakeHttp {
  method?: HttpRequest['method'];
  url: string | RegExp;
  /** Default: status 200 and an empty body. */
  answer?: FakeAnswer | ((request: HttpRequest) => FakeAnswer);
  /** No answer, but this failure. */
  failure?: HttpFailureReason;
}

export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export interface FakeSystemOptions {
  files?: Readonly<Record<string, FakeEntry>>;
  commands?: readonly FakeCommand[];
  http?: readonly FakeHttp[];
  /** What runs before the test, by process id. */
  processes?: Readonly<Record<number, Command>>;
  /** The user kickstart runs as. Default root. */
  owner?: Owner;
  /** Default: Linux on x86_64 with glibc. */
  platform?: ProcessPlatform;
  /** Directories on a file system that cannot be written. */
  readOnly?: readonly string[];
}

/** A machine in memory. Whatever is called and not scripted is an error that names the call. */
export interface FakeSystem extends System {
  /** Path → description, sorted, with running processes as `process N`. Secrets are shown as [hidden]; /proc is left out. */
  tree(): Record<string, string>;
  /** The text of a file, secret or not; undefined when there is none. */
  readText(path: string): string | undefined;
  exists(path: string): boolean;
  /** Changes the machine by hand, past all rights. */
  place(path: string, entry: FakeEntry): void;
  remove(path: string): void;
  /** All calls in order, as "method path" or "method program arguments"; file contents are not in it. */
  readonly calls: readonly string[];
  /** Every command that was given to query, run or startProcess. */
  readonly commandsGiven: readonly Command[];
  /** Every request, of any kind. */
  readonly requests: readonly HttpRequest[];
  /** What startProcess started and no signal ended, by process id. */
  readonly processes: ReadonlyMap<number, Command>;
  /** Scripts more, before what was scripted so far. */
  script(more: { commands?: readonly FakeCommand[]; http?: readonly FakeHttp[] }): void;
  /** Moves the clock. Sleeping moves it too. */
  advance(milliseconds: number): void;
  /** Effects of commands change the machine through this System from now on. */
  effectsGoThrough(system: System): void;
}

export function createFakeSystem(options: FakeSystemOptions = {}): FakeSystem {
  const processOwner = options.owner ?? { userId: 0, groupId: 0 };
  let now = Date.UTC(2026, 10, 20, 12);
  const files = createFakeFiles(options.files ?? {}, processOwner, options.readOnly ?? [], () => now);
  const calls: string[] = [];
  const commandsGiven: Command[] = [];
  const requests: HttpRequest[] = [];
  const processes = new Map<number, Command>();
  let commands = options.commands ?? [];
  let http = options.http ?? [];
  let nextProcessId = 4000;
  let nextPort = 20000;
  let nextUuid = 1;
  let nextKey = 1;
  let effects: System;

  const system: FakeSystem = {
    ...logged(files.methods, calls),
    ...{ readText: files.readText, exists: files.exists, place: files.place, remove: files.remove },
    tree: () => ({ ...files.tree(), ...processLines(processes) }),
    calls,
    commandsGiven,
    requests,
    processes,
    script(more) {
      commands = [...(more.commands ?? []), ...commands];
      http = [...(more.http ?? []), ...http];
    },
    advance(milliseconds) {
      now += milliseconds;
    },
    effectsGoThrough(other) {
      effects = other;
    },

    query: (command) => carryOut('query', command),
    async run(command, signal) {
      signal?.throwIfAborted();
      const result = await carryOut('run', command);
      if (result.exitCode !== 0) throw commandFailed(command, result);
      signal?.throwIfAborted();
      return result;
    },
    async startProcess(command) {
      const processId = nextProcessId++;
      beginProcess(processId, command);
      const { exitCode } = await carryOut('startProcess', command);
      if (exitCode !== 0) endProcess(processId);
      return processId;
    },
    async signalProcess(processId, signal) {
      calls.push(`signalProcess ${processId} ${signal}`);
      endProcess(processId);
    },

    async get(request) {
      const { status, headers, body, url } = exchange('get', { ...request, method: 'GET' });
      return { status, headers, body: new TextDecoder().decode(body), url };
    },
    async send(request) {
      const { status, headers, body, url } = exchange('send', request);
      return { status, headers, body: new TextDecoder().decode(body), url };
    },
    async openDownload(request) {
      const { status, headers, body } = exchange('openDownload', { ...request, method: 'GET' });
      const sizeBytes = headers['content-length'] === undefined ? body.length : Number(headers['content-length']);
      return { status, headers, sizeBytes, from: 0, totalBytes: sizeBytes, body: inPieces(body) };
    },

    now: () => now,
    async sleep(milliseconds, signal) {
      calls.push(`sleep ${milliseconds}`);
      if (!signal?.aborted) now += milliseconds;
      // Other work gets its turn, so that a loop that waits for a signal can be stopped.
      await new Promise((resolve) => setImmediate(resolve));
    },
    processOwner: () => processOwner,
    processPlatform: () => options.platform ?? debian12,
    async freePort() {
      calls.push('freePort');
      return nextPort++;
    },
    randomUuid: () => `00000000-0000-4000-8000-${String(nextUuid++).padStart(12, '0')}`,
    async createKeyPair() {
      calls.push('createKeyPair');
      const { privateKey, publicKey } = testKeyPair(nextKey++);
      return { privateKey: new Secret(privateKey), publicKey };
    },
  };
  effects = system;
  for (const [processId, command] of Object.entries(options.processes ?? {})) beginProcess(Number(processId), command);
  return system;

  async function carryOut(method: string, command: Command): Promise<CommandResult> {
    const line = [command.program, ...command.arguments].join(' ');
    calls.push(`${method} ${line}`);
    commandsGiven.push(command);
    const row = commands.find((candidate) => matchesCommand(candidate, command));
    if (!row) throw new Error(`The fake System has no row for ${method}: ${line}`);
    const partial = typeof row.result === 'function' ? row.result(system, command) : row.result;
    const result = { exitCode: 0, stdout: '', stderr: '', ...partial };
    if (result.exitCode === 0) await row.effect?.(effects, command);
    return result;
  }

  function exchange(method: string, request: HttpRequest) {
    const { url } = request;
    calls.push(`${method} ${request.method} ${url}`);
    requests.push(request);
    const row = http.find((candidate) => matchesRequest(candidate, request));
    if (!row) throw new Error(`The fake System has no row for ${method}: ${request.method} ${url}`);
    if (row.failure) throw new HttpFailure(row.failure, url, `The test says ${row.failure}`);
    const given = typeof row.answer === 'function' ? row.answer(request) : row.answer;
    const body = Buffer.from(given?.body ?? '');
    if (body.length > (request.maximumBytes ?? Number.POSITIVE_INFINITY))
      throw new HttpFailure('too-large', url, 'The answer is too long');
    return { status: given?.status ?? 200, headers: given?.headers ?? {}, body, url };
  }

  function beginProcess(processId: number, command: Command): void {
    processes.set(processId, command);
    const variables = Object.entries(command.environment ?? {}).map(([name, value]) => [name, revealed(value)] as const);
    const entries = procFiles({
      ...{ processId, program: command.program, arguments: command.arguments, startTicks: Math.floor(now / 10) },
      environment: Object.fromEntries(variables),
      listens: placesOf(command, Object.fromEntries(variables)),
    });
    for (const [path, entry] of Object.entries(entries)) files.place(path, entry);
  }

  /** An agent listens where its netdata.conf says, and at its control pipe. */
  function placesOf({ program }: Command, environment: Readonly<Record<string, string | undefined>>): readonly string[] {
    const root = /^(.*)\/usr\/sbin\/netdata$/.exec(program)?.[1];
    if (root === undefined) return [];
    const [, port = '19999'] = /default port = (\d+)/.exec(files.readText(`${root}/etc/netdata/netdata.conf`) ?? '') ?? [];
    return [`0.0.0.0:${port}`, environment.NETDATA_PIPENAME ?? `${root}/var/run/netdata/netdata.pipe`];
  }

  function endProcess(processId: number): void {
    processes.delete(processId);
    files.remove(`/proc/${processId}`);
  }
}

const debian12: ProcessPlatform = {
  kernel: 'Linux',
  kernelVersion: '6.1.0-18-amd64',
  architecture: 'x86_64',
  glibcVersion: '2.36',
};

/** The text a request, file or environment variable really carries, for assertions. */
export function revealed(text: Text | undefined): string | undefined {
  return text instanceof Secret ? Secret.reveal(text) : text;
}

function logged<Methods extends object>(methods: Methods, calls: string[]): Methods {
  const pairs = Object.entries(methods).map(([name, method]) => [name, withLog(name, method, calls)]);
  // The cast: the pairs have the names and types they came with, which fromEntries cannot say.
  return Object.fromEntries(pairs) as Methods;
}

function withLog(name: string, method: (...given: never[]) => unknown, calls: string[]) {
  return (...given: never[]) => {
    calls.push(`${name} ${given[0]}`);
    return method(...given);
  };
}

function matchesCommand(row: FakeCommand, command: Command): boolean {
  if (row.program !== command.program) return false;
  if (row.arguments === undefined) return true;
  if (typeof row.arguments === 'function') return row.arguments(command.arguments);
  return isDeepStrictEqual([...row.arguments], [...command.arguments]);
}

function matchesRequest(row: FakeHttp, request: HttpRequest): boolean {
  if (row.method !== undefined && row.method !== request.method) return false;
  return typeof row.url === 'string' ? row.url === request.url : row.url.test(request.url);
}

function processLines(processes: ReadonlyMap<number, Command>): Record<string, string> {
  const lines = [...processes.values()].map((command) => [command.program, ...command.arguments].join(' '));
  return Object.fromEntries(lines.toSorted().map((line, index) => [`process ${index + 1}`, line]));
}

async function* inPieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  const middle = Math.floor(body.length / 2);
  if (middle > 0) yield body.subarray(0, middle);
  if (body.length > middle) yield body.subarray(middle);
}

function commandFailed(command: Command, { exitCode, stdout, stderr }: CommandResult): KickstartError {
  return new KickstartError('HOST_COMMAND_FAILED', {
    what: `${command.program} ended with exit code ${exitCode}.`,
    why: `${stderr || stdout || 'It said nothing.'}`,
    next: 'This is a test; look at the row of the fake System.',
  });
}
