import { KickstartError } from '../../errors.ts';
import type { CloudEvent } from '../../standin/cloud/cloud-event.ts';
import type { Cloud, CloudOptions } from '../../standin/cloud/server.ts';
import { errorCode } from '../../system/error-code.ts';
import { printableJson } from '../../system/printable.ts';
import type { System } from '../../system/system.ts';
import { absolutePath } from '../absolute-path.ts';
import { cloudCertificate } from '../cloud-certificate.ts';
import { cloudGreeting, firstSecrets } from '../cloud-greeting.ts';
import { cloudScenario } from '../cloud-scenario.ts';
import type { CommandLine } from '../options.ts';
import type { World } from '../world.ts';

/** Runs the stand-in Cloud until kickstart is stopped. Returns 0: being stopped is how it ends. */
export async function cloud(line: CommandLine, world: World): Promise<number> {
  const { output, signal, system, commandName } = world;
  const json = line.given.has('json');
  const tell = (event: object) => output.write(`${printableJson({ at: new Date().toISOString(), ...event })}\n`);
  const dataDirectory = absolutePath(line.values.data ?? '', world);
  const named = line.values['ready-file'];
  const readyFile = named === undefined ? undefined : absolutePath(named, world);
  const running = await start({
    ...listenAddress(line.values.listen ?? ''),
    dataDirectory,
    commandName,
    ...(await cloudCertificate(line, world)),
    ...(await cloudScenario(line, world)),
    ...(json && { onEvent: (event: CloudEvent) => tell(printableEvent(event)) }),
  });
  // Whatever goes wrong, nothing of it goes on listening.
  try {
    if (json) tell({ kind: 'listening', url: running.url, caFile: running.caFile });
    else output.write(cloudGreeting({ ...running, dataDirectory, commandName, isGiven: line.given.has('tls-cert') }));
    // A program that waits for the file keeps what we print. It has brought its own token in space.json, or asks for a new password.
    if (running.first !== undefined && readyFile === undefined) {
      const text = firstSecrets(running.first);
      if (json) output.complain(text);
      else output.write(text);
    }
    if (readyFile !== undefined) await writeReadyFile(readyFile, running.url, system);
    await aborted(signal);
  } finally {
    await running.close();
  }
  if (json) tell({ kind: 'stopped' });
  return 0;
}

async function writeReadyFile(path: string, url: string, system: System): Promise<void> {
  try {
    await system.writeFile(path, `${url}\n`, { mode: 0o644 });
  } catch (error) {
    throw new KickstartError('USAGE_INVALID_VALUE', {
      what: `--ready-file ${path} cannot be written.`,
      why: `${error instanceof Error ? error.message : error}.`,
      next: 'Name a file in a directory that is there and can be written.',
      cause: error,
    });
  }
}

async function start(options: CloudOptions): Promise<Cloud> {
  const { startCloud } = await import('../../standin/cloud/server.ts');
  try {
    return await startCloud(options);
  } catch (error) {
    const why = LISTEN_FAILURES[errorCode(error) ?? ''];
    if (why === undefined) throw error;
    throw new KickstartError('USAGE_INVALID_VALUE', {
      what: `The Cloud cannot listen on ${options.host}:${options.port}.`,
      why,
      next: 'Give it another address or port with --listen; port 0 is any that is free.',
      cause: error,
    });
  }
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there: perhaps another Cloud.',
  EADDRNOTAVAIL: 'The address is not one of this machine.',
  ENOTFOUND: 'The name of the address is not known.',
  EACCES: 'The port is below 1024, and that needs root.',
};

// An Error has nothing that JSON shows.
function printableEvent(event: CloudEvent): object {
  if (event.kind !== 'fault') return event;
  return { kind: 'fault', message: event.error instanceof Error ? (event.error.stack ?? event.error.message) : `${event.error}` };
}

function listenAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host !== undefined && Number(port) < 65536) return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--listen ${text} is no address with a port.`,
    why: 'It must look like 127.0.0.1:8443 or [::1]:8443.',
    next: 'Leave it out to listen on 127.0.0.1:8443.',
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
}
