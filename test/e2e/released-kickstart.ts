import { execFile } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const project = resolve(import.meta.dirname, '../..');

/** A release of kickstart, built for this test and served on loopback, where its kickstart.sh says that it is. */
export interface ReleasedKickstart {
  url: string;
  /** The directory that is served: what scripts/build.mjs made. */
  directory: string;
  /** Names of files that were asked for, in order. */
  requests: readonly string[];
  close(): Promise<void>;
}

export async function releaseKickstart({ executable = false } = {}): Promise<ReleasedKickstart> {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-release-'));
  const requests: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    requests.push(basename(url));
    createReadStream(join(directory, basename(url)))
      .on('error', () => response.writeHead(404).end('not here\n'))
      .pipe(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  // The cast: a server that listens on TCP has such an address.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/kickstart`;
  const words = [join(project, 'scripts/build.mjs'), '--output', directory, '--url', url];
  const close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await promisify(execFile)(process.execPath, [...words, ...(executable ? ['--executable'] : [])]);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, directory, requests, close };
}
