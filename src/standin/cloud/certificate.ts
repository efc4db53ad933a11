import { createPrivateKey, createPublicKey, KeyObject, randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import type { Extension, JsonGeneralName, Name } from '@peculiar/x509';

/** A private key and its certificate, both PEM. */
export interface Pair {
  key: string;
  certificate: string;
}

/** A certificate authority that signs itself, valid for ten years. */
export async function newAuthority(): Promise<Pair> {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, SubjectKeyIdentifierExtension } = await loadX509();
  const { privateKey, publicKey } = await newKeys();
  // The name differs each time, so that nobody mixes up two that are both in a trust file.
  const name = `CN=Stand-in Cloud CA ${randomBytes(4).toString('hex')}`;
  const extensions = [
    new BasicConstraintsExtension(true, 0, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
  ];
  const certificate = await sealed({ issuer: name, subject: name, days: 3650, publicKey, extensions }, privateKey);
  return { key: pem(privateKey), certificate };
}

/** A server certificate for these host names and addresses, signed by the authority. Its 397 days can be over on purpose. */
export async function newServer(authority: Pair, names: readonly string[], { isExpired } = { isExpired: false }): Promise<Pair> {
  const x509 = await loadX509();
  const { privateKey, publicKey } = await newKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  // As the issuer says it: there are several ways to number a key, and clients compare the two numbers.
  const issuerId =
    issuer.getExtension(x509.SubjectKeyIdentifierExtension) ?? (await x509.SubjectKeyIdentifierExtension.create(issuer));
  const extensions = [...(await serverExtensions(names, publicKey)), new x509.AuthorityKeyIdentifierExtension(issuerId.keyId)];
  const content = { issuer: issuer.subjectName, subject: 'CN=localhost', days: SERVER_DAYS, publicKey, extensions, isExpired };
  const signingKey = createPrivateKey(authority.key).toCryptoKey(KEY_KIND, false, ['sign']);
  return { key: pem(privateKey), certificate: await sealed(content, signingKey) };
}

/** A server certificate that nobody signed but its own key. */
export async function newSelfSigned(names: readonly string[]): Promise<Pair> {
  const { privateKey, publicKey } = await newKeys();
  const extensions = await serverExtensions(names, publicKey);
  const name = 'CN=localhost';
  const content = { issuer: name, subject: name, days: SERVER_DAYS, publicKey, extensions };
  return { key: pem(privateKey), certificate: await sealed(content, privateKey) };
}

/** Why a pair cannot be used now and tomorrow, as a sentence; undefined when it can. */
export function faultOf(pair: Pair): string | undefined {
  try {
    const certificate = new X509Certificate(pair.certificate);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.key))) return 'The key is not that of the certificate.';
    const [from, to] = [certificate.validFromDate, certificate.validToDate];
    const now = new Date();
    if (from > now)
      return `The certificate begins on ${from.toISOString()}, and the clock of this machine says ${now.toISOString()}.`;
    return to.getTime() > now.getTime() + DAY ? undefined : `The certificate expires on ${to.toISOString()}.`;
  } catch {
    return 'The key or the certificate is damaged.'; // not PEM, or half of it
  }
}

/** The authority signed it, for all these names. */
export function isFor(pair: Pair, authority: Pair, names: readonly string[]): boolean {
  const certificate = new X509Certificate(pair.certificate);
  const covers = (name: string) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  return names.every(covers) && certificate.verify(createPublicKey(authority.certificate));
}

interface Content {
  issuer: string | Name;
  subject: string;
  days: number;
  publicKey: webcrypto.CryptoKey;
  extensions: Extension[];
  isExpired?: boolean;
}

async function serverExtensions(names: readonly string[], publicKey: webcrypto.CryptoKey): Promise<Extension[]> {
  const x509 = await loadX509();
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names.map(alternativeName)),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

async function sealed({ days, isExpired = false, ...content }: Content, signingKey: webcrypto.CryptoKey): Promise<string> {
  const { X509CertificateGenerator } = await loadX509();
  // Begins yesterday, for clients whose clock is behind. That day counts.
  const notBefore = new Date(Date.now() - (isExpired ? days + 1 : 1) * DAY);
  const notAfter = new Date(notBefore.getTime() + days * DAY);
  const certificate = await X509CertificateGenerator.create({ ...content, notBefore, notAfter, signingKey });
  // Node's PEM ends in a new line, the library's does not: `cat` of two would be no PEM.
  return new X509Certificate(Buffer.from(certificate.rawData)).toString();
}

// Only when a certificate is made, which is rare: 15 ms in the bundle, 70 ms out of it.
async function loadX509() {
  await import('reflect-metadata'); // first: tsyringe, which the library stands on, throws when it is loaded without it
  return import('@peculiar/x509');
}

async function newKeys() {
  return crypto.subtle.generateKey(KEY_KIND, true, ['sign', 'verify']);
}

function alternativeName(name: string): JsonGeneralName {
  if (!isIP(name)) return { type: 'dns', value: name };
  // The library takes the dotted end of ::ffff:127.0.0.1 for one group. The URL parser writes all groups in hexadecimal.
  return { type: 'ip', value: isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name };
}

function pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

const DAY = 86_400_000;
// The longest that browsers accept.
const SERVER_DAYS = 397;
const KEY_KIND = { name: 'ECDSA', namedCurve: 'P-256' };
