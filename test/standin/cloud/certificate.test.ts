import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { KeyObject, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BasicConstraintsExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { newAuthority, newServer, type Pair } from '../../../src/standin/cloud/certificate.ts';
import { newDirectory } from './test-cloud.ts';

describe('a new certificate', () => {
  it('is good in the strict eyes of OpenSSL, for names and addresses however they are written', async () => {
    const authority = await newAuthority();
    const server = await newServer(authority, ['localhost', '127.0.0.1', '::1', '2001:DB8::0:5', '::ffff:10.1.2.3']);
    expect(await openssl(authority, server, ['verify', '-verify_hostname', 'localhost', ...STRICTLY])).toContain(
      'server.pem: OK',
    );
    for (const address of ['127.0.0.1', '::1', '2001:db8::5', '::ffff:a01:203'])
      expect(await openssl(authority, server, ['verify', '-verify_ip', address, ...STRICTLY])).toContain('server.pem: OK');
  });

  it('says critically what its key may do', async () => {
    const authority = await newAuthority();
    const server = await newServer(authority, ['localhost']);
    const show = ['x509', '-noout', '-ext', 'basicConstraints,keyUsage,extendedKeyUsage', '-in'];
    expect(lines(await openssl(authority, server, [...show, 'ca.pem']))).toEqual([
      'X509v3 Basic Constraints: critical',
      'CA:TRUE, pathlen:0',
      'X509v3 Key Usage: critical',
      'Certificate Sign, CRL Sign',
    ]);
    expect(lines(await openssl(authority, server, [...show, 'server.pem']))).toEqual([
      'X509v3 Basic Constraints: critical',
      'CA:FALSE',
      'X509v3 Key Usage: critical',
      'Digital Signature',
      'X509v3 Extended Key Usage:',
      'TLS Web Server Authentication',
    ]);
  });

  it('has a P-256 key', async () => {
    const { certificate } = await newServer(await newAuthority(), ['localhost']);
    expect(new X509Certificate(certificate).publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('lasts no longer than browsers accept', async () => {
    const { certificate } = await newServer(await newAuthority(), ['localhost']);
    const { validFromDate, validToDate } = new X509Certificate(certificate);
    expect((validToDate.getTime() - validFromDate.getTime()) / 86_400_000).toBe(397);
  });

  it('has an authority with a name of its own, which can be one of many in a trust file', async () => {
    const [first, second] = [await newAuthority(), await newAuthority()];
    const server = await newServer(second, ['localhost']);
    expect(new X509Certificate(first.certificate).subject).not.toBe(new X509Certificate(second.certificate).subject);
    const both = { ...second, certificate: first.certificate + second.certificate };
    expect(await openssl(both, server, ['verify', ...STRICTLY])).toContain('server.pem: OK');
  });

  it('calls the key of its issuer as the issuer does', async () => {
    const authority = await authorityThatCallsItsKey('0102030405');
    const server = await newServer(authority, ['localhost']);
    expect(await openssl(authority, server, ['verify', '-CAfile', 'ca.pem', 'server.pem'])).toContain('server.pem: OK');
  });
});

/** What openssl prints when it runs among ca.pem and server.pem. */
async function openssl(authority: Pair, server: Pair, words: readonly string[]): Promise<string> {
  const directory = await newDirectory();
  await writeFile(join(directory, 'ca.pem'), authority.certificate);
  await writeFile(join(directory, 'server.pem'), server.certificate);
  return execFileSync('openssl', words, { cwd: directory, encoding: 'utf8' });
}

function lines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

async function authorityThatCallsItsKey(id: string): Promise<Pair> {
  const kind = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await crypto.subtle.generateKey(kind, true, ['sign', 'verify']);
  const extensions = [new BasicConstraintsExtension(true, 0, true), new SubjectKeyIdentifierExtension(id)];
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: 'CN=Another CA', keys, extensions });
  return {
    key: KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `${certificate.toString()}\n`,
  };
}

const STRICTLY = ['-x509_strict', '-CAfile', 'ca.pem', 'server.pem'];
