import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createRealSystem } from '../../src/system/real-system.ts';
import { Secret } from '../../src/system/secret.ts';

const system = createRealSystem({ environment: {} });

it('stops sleeping, without error, when the run is stopped', async () => {
  const stop = new AbortController();
  const sleeping = system.sleep(3_600_000, stop.signal);
  stop.abort();
  await sleeping;
  await system.sleep(3_600_000, AbortSignal.abort());
});

it('names a port that can be listened on', async () => {
  const port = await system.freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
});

it('makes a key pair whose private half is hidden', async () => {
  const { privateKey, publicKey } = await system.createKeyPair();
  expect(`${privateKey}`).toBe('[hidden]');
  const key = createPrivateKey(Secret.reveal(privateKey));
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(createPublicKey(key).export({ type: 'spki', format: 'pem' })).toBe(publicKey);
});

it('makes random UUIDs in lower case', () => {
  expect(system.randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('knows what it runs on, as uname and getconf do', () => {
  const { kernel, kernelVersion, architecture, glibcVersion } = system.processPlatform();
  expect(`${kernel} ${kernelVersion} ${architecture}\n`).toBe(spawnSync('uname', ['-srm'], { encoding: 'utf8' }).stdout);
  const { stdout } = spawnSync('getconf', ['GNU_LIBC_VERSION'], { encoding: 'utf8' });
  expect(glibcVersion).toBe(/^glibc (\S+)/.exec(stdout ?? '')?.[1]);
});
