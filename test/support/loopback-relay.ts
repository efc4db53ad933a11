import { connect as connectTo, createServer } from 'node:net';
import { join } from 'node:path';
import type { ThrowawayMachine } from './throwaway-machine.ts';

interface RelayedPorts {
  /** Of servers on this host's 127.0.0.1. */
  ports: readonly number[];
  /** Where sockets can be made. */
  directory: string;
}

/** Makes ports of this host's loopback address reachable under the same numbers on a machine with a network of its own. */
export async function relayLoopback({ ports, directory }: RelayedPorts, machine: ThrowawayMachine): Promise<{ close(): void }> {
  const servers = await Promise.all(ports.map((port) => relayFrom(join(directory, `${port}.sock`), port)));
  const child = machine.startOnItsNetwork([process.execPath, '-e', machineSide, directory, ...ports.map(String)]);
  await new Promise<void>((ready, fail) => {
    child.stdout?.once('data', () => ready());
    child.once('exit', (code) => fail(new Error(`The relay into the machine ended with ${code}.`)));
  });
  return {
    close() {
      for (const server of servers) server.close();
      child.kill('SIGKILL');
    },
  };
}

// A path on the host's disk leads from one network into the other.
function relayFrom(path: string, port: number) {
  const server = createServer((socket) => {
    const onward = connectTo(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  return new Promise<typeof server>((done) => server.listen(path, () => done(server)));
}

const machineSide = `
  const net = require('node:net');
  const [directory, ...ports] = process.argv.slice(1);
  const listening = ports.map((port) => new Promise((done) => net.createServer((socket) => {
    const onward = net.connect(directory + '/' + port + '.sock');
    socket.pipe(onward).pipe(socket);
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  }).listen(Number(port), '127.0.0.1', done)));
  Promise.all(listening).then(() => console.log('ready'));
`;
