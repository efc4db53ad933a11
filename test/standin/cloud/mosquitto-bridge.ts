import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import { createWebSocketStream, WebSocket } from 'ws';
import type { TestCloud } from './test-cloud.ts';

/**
 * A port of 127.0.0.1 that speaks bare MQTT, as Debian's mosquitto clients do: their 2.0 has no WebSocket. Every connection goes on as a WebSocket,
 * and through a stunnel of its own, which makes the TLS and looks at the Cloud's certificate: none of the TLS is Node's or ours.
 */
export async function bridgeTo(cloud: TestCloud): Promise<number> {
  const configuration = join(cloud.dataDirectory, 'stunnel.conf');
  writeFileSync(configuration, stunnelConfiguration(cloud));
  const server = createServer((client) => carry(client, configuration));
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The bridge has no port.');
  return address.port;
}

function carry(client: Socket, configuration: string): void {
  // Without a service in its configuration, stunnel serves one connection between its own input and output.
  const stunnel = spawn('setpriv', ['--pdeathsig', 'KILL', 'stunnel4', configuration], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void stunnel.kill('SIGKILL'));
  const socket = Duplex.from({ readable: stunnel.stdout, writable: stunnel.stdin });
  const carried = createWebSocketStream(new WebSocket('ws://127.0.0.1/mqtt', 'mqtt', { createConnection: () => socket }));
  // No pipeline: mosquitto resets what it leaves, and its DISCONNECT before that has to arrive all the same.
  client.on('error', () => undefined).on('data', (bytes) => carried.write(bytes));
  client.on('close', () => carried.end());
  carried.on('error', () => undefined).on('data', (bytes) => client.write(bytes));
  carried.on('close', () => client.destroy());
}

function stunnelConfiguration({ caFile, port }: TestCloud): string {
  return [
    'client = yes',
    'foreground = quiet',
    'syslog = no',
    'pid =',
    `connect = 127.0.0.1:${port}`,
    `CAfile = ${caFile}`,
    'verifyChain = yes',
    'checkIP = 127.0.0.1',
    '',
  ].join('\n');
}
