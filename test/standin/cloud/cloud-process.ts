import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { FirstStart } from '../../../src/standin/cloud/store/first-start.ts';

/** A Cloud in a process of its own, which can be killed. */
export interface CloudProcess {
  process: ChildProcess;
  /** As seen from outside of the name space that `within` may have made. */
  processId: number;
  first?: FirstStart;
  /** Lines of the events that it told, as JSON. */
  events: readonly string[];
  /** Status and body; throws when the connection breaks before the answer is whole. */
  ask(method: string, path: string, body?: string): Promise<{ status: number; body: string }>;
  /** Without any warning, as a power cut but for what the system had not yet written. */
  kill(): Promise<void>;
}

/** `within` is a command that starts the one that follows it, as `unshare` does. */
export async function startCloudProcess(dataDirectory: string, within: readonly string[] = []): Promise<CloudProcess> {
  const [program = '', ...words] = [...within, process.execPath, '--input-type=module', '--eval', RUNNER, dataDirectory];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const events: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const greeting = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`The Cloud ended with ${code}.`)));
  });
  lines.on('line', (line) => events.push(line));
  const { url, ca, adminToken, first, processId } = JSON.parse(greeting);
  const agent = new Agent({ ca, maxSockets: 16, maxCachedSessions: 0 });
  return {
    ...{ process: child, processId, first, events },
    ask: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = path.startsWith('/standin/') ? { authorization: `Bearer ${adminToken}` } : {};
        const asked = request(`${url}${path}`, { method, agent, headers }, (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }));
        });
        asked.on('error', reject);
        asked.end(body);
      }),
    async kill() {
      process.kill(processId, 'SIGKILL');
      await ended;
    },
  };
}

// It ends with the test, also when that is killed: then its input is closed.
const server = pathToFileURL(`${import.meta.dirname}/../../../src/standin/cloud/server.ts`).href;
const RUNNER = `
import { readFile } from 'node:fs/promises';
import { startCloud } from ${JSON.stringify(server)};
process.stdin.resume().on('end', () => process.exit());
const tell = (event) => console.log(JSON.stringify(event.kind === 'fault' ? { kind: 'fault', message: event.error.message } : event));
const cloud = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory: process.argv[1], onEvent: tell });
const { url, adminToken, first } = cloud;
console.log(JSON.stringify({ url, adminToken, first, ca: await readFile(cloud.caFile, 'utf8'), processId: process.pid }));
`;
