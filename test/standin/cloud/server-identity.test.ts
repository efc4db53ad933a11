import { X509Certificate } from 'node:crypto';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadServerIdentity } from '../../../src/standin/cloud/server-identity.ts';
import { newDirectory } from './test-cloud.ts';

afterEach(() => {
  vi.useRealTimers();
});

async function load(directory: string, host = '127.0.0.1') {
  const { certificate, caFile } = await loadServerIdentity(directory, host);
  return { server: new X509Certificate(certificate), ca: new X509Certificate(await readFile(caFile)) };
}

describe('the certificate of the Cloud', () => {
  it('is for the loopback names and the host, signed by a CA that may sign', async () => {
    const { server, ca } = await load(await newDirectory(), '2001:db8::5');
    expect(server.subjectAltName).toBe(
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:5',
    );
    expect([ca.ca, server.ca, server.checkIssued(ca), server.verify(ca.publicKey)]).toEqual([true, false, true, true]);
  });

  it('is for every name and address of the machine where the Cloud listens on all of them', async () => {
    const directory = await newDirectory();
    const { server } = await load(directory, '0.0.0.0');
    expect(server.checkHost(hostname())).toBe(hostname());
    for (const { address } of Object.values(networkInterfaces()).flatMap((all = []) => all))
      expect([address, server.checkIP(address)]).toEqual([address, /^fe80:/.test(address) ? undefined : address]);
    expect((await load(directory, '0.0.0.0')).server.fingerprint256).toBe(server.fingerprint256);
  });

  it('stays the same at the next start', async () => {
    const directory = await newDirectory();
    const [first, second] = [await load(directory), await load(directory)];
    expect(second.server.fingerprint256).toBe(first.server.fingerprint256);
  });

  it('is renewed when it expires or the host is another, under the same CA', async () => {
    const directory = await newDirectory();
    const first = await load(directory);
    const moved = await load(directory, 'cloud.test');
    expect(moved.server.checkHost('cloud.test')).toBe('cloud.test');
    vi.useFakeTimers({ now: Date.now() + 400 * 86_400_000, toFake: ['Date'] });
    const later = await load(directory, 'cloud.test');
    expect(later.server.fingerprint256).not.toBe(moved.server.fingerprint256);
    expect(later.server.validToDate.getTime()).toBeGreaterThan(Date.now());
    expect([moved.ca.fingerprint256, later.ca.fingerprint256]).toEqual([first.ca.fingerprint256, first.ca.fingerprint256]);
  });

  it.each(['server.key', 'server.pem'])('is made again under the same CA when %s is damaged or gone', async (name) => {
    const directory = await newDirectory();
    const first = await load(directory);
    await writeFile(join(directory, name), 'half of a k');
    const second = await load(directory);
    await rm(join(directory, name));
    const third = await load(directory);
    expect(new Set([first, second, third].map(({ server }) => server.fingerprint256)).size).toBe(3);
    for (const { server, ca } of [second, third])
      expect([ca.fingerprint256, server.verify(ca.publicKey)]).toEqual([first.ca.fingerprint256, true]);
  });
});

describe('the CA of the Cloud', () => {
  const damage = (name: string) => (directory: string) => writeFile(join(directory, name), 'half of a k');
  const loss = (name: string) => (directory: string) => rm(join(directory, name));
  const clockAt = (days: number) => async () => void vi.useFakeTimers({ now: Date.now() + days * DAY, toFake: ['Date'] });

  it.each([
    ['its key is damaged', damage('ca.key'), /^The key or the certificate is damaged\.$/],
    ['its certificate is damaged', damage('ca.pem'), /^The key or the certificate is damaged\.$/],
    ['its key is gone', loss('ca.key'), /^One of the two files is missing\.$/],
    ['its certificate is gone', loss('ca.pem'), /^One of the two files is missing\.$/],
    ['it has the key of another', keyOfAnother, /^The key is not that of the certificate\.$/],
    [
      'the clock is before its beginning',
      clockAt(-2),
      /^The certificate begins on \S+Z, and the clock of this machine says \S+Z\.$/,
    ],
    ['it has expired', clockAt(3651), /^The certificate expires on \S+Z\.$/],
  ])('is kept as it is, and the Cloud does not start, when %s', async (_name, happen, why) => {
    const directory = await newDirectory();
    await load(directory);
    await happen(directory);
    const before = await filesOf(directory);
    await expect(load(directory)).rejects.toMatchObject({
      code: 'CLOUD_DATA_UNUSABLE',
      what: expect.stringContaining(join(directory, 'ca.key')),
      why: expect.stringMatching(why),
      next: expect.stringContaining('move both away'),
    });
    expect(await filesOf(directory)).toEqual(before);
  });

  it('is a new one after both its files were moved away', async () => {
    const directory = await newDirectory();
    const first = await load(directory);
    for (const name of ['ca.key', 'ca.pem']) await rm(join(directory, name));
    const second = await load(directory);
    expect(second.ca.fingerprint256).not.toBe(first.ca.fingerprint256);
    expect(second.server.verify(second.ca.publicKey)).toBe(true);
  });

  it('is made again after a first start that was killed between its two files', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'ca.key'), 'what was written before the kill');
    const { server, ca } = await load(directory);
    expect(server.verify(ca.publicKey)).toBe(true);
  });
});

async function keyOfAnother(directory: string): Promise<void> {
  await copyFile(join(directory, 'server.key'), join(directory, 'ca.key'));
}

async function filesOf(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory)).sort();
  return Promise.all(names.map(async (name) => `${name}: ${await readFile(join(directory, name), 'utf8')}`));
}

const DAY = 86_400_000;
