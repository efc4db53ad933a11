import { generateKeyPair, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { machine, release, type } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createCommands } from './commands.ts';
import { createFiles } from './files.ts';
import { createHttp, type HttpLimits } from './http.ts';
import { Secret } from './secret.ts';
import { keepMemorySmall } from './small-memory.ts';
import type { Owner, ProcessPlatform, System } from './system.ts';

interface RealSystemOptions {
  /** The environment kickstart was started with. Commands get a listed part of it; proxies come from it. */
  environment: Readonly<Record<string, string | undefined>>;
  /** How long to wait for the other side of a connection; tests shorten it. */
  httpLimits?: Partial<HttpLimits>;
}

/** This machine, for real. */
export function createRealSystem({ environment, httpLimits }: RealSystemOptions): System {
  keepMemorySmall();
  return {
    ...createFiles(),
    ...createCommands(environment),
    ...createHttp(environment, httpLimits),
    now: () => Date.now(),
    sleep,
    processOwner,
    processPlatform,
    freePort,
    randomUuid: () => randomUUID(),
    createKeyPair,
  };
}

async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

function processOwner(): Owner {
  const { getuid, getgid } = process;
  if (getuid === undefined || getgid === undefined) throw new Error('This system has no user ids.');
  return { userId: getuid(), groupId: getgid() };
}

function processPlatform(): ProcessPlatform {
  // The report would ask the name servers for the other ends of all connections.
  Object.assign(process.report, { excludeNetwork: true });
  // The cast: Node does not say what is in a report. On glibc the header has the version that this process runs with.
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibcVersion = header?.glibcVersionRuntime;
  return {
    ...{ kernel: type(), kernelVersion: release(), architecture: machine() },
    ...(glibcVersion === undefined ? {} : { glibcVersion }),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function createKeyPair(): Promise<{ privateKey: Secret; publicKey: string }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey: new Secret(privateKey), publicKey };
}
