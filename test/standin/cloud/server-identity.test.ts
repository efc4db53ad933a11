import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
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

  it('is made again with its CA when files are damaged', async () => {
    const directory = await newDirectory();
    const first = await load(directory);
    await writeFile(join(directory, 'ca.key'), 'half of a k');
    const second = await load(directory);
    expect(second.ca.fingerprint256).not.toBe(first.ca.fingerprint256);
    expect(second.server.verify(second.ca.publicKey)).toBe(true);
  });
});
