import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';
import { bitString, boolean, integer, objectId, octetString, sequence, set, tagged, tagValue, time, utf8String } from './der.ts';

/** A private key and its certificate, both PEM. */
export interface Pair {
  key: string;
  certificate: string;
}

/** A certificate authority that signs itself, valid for ten years. */
export function newAuthority(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The name differs each time: OpenSSL mixes up two authorities of one name that are both in a trust file.
  const name = `Stand-in Cloud CA ${randomBytes(4).toString('hex')}`;
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(boolean(true), integer(Buffer.from([0]))), 'critical'),
    extension(KEY_USAGE, bitString(Buffer.from([0b00000110]), 1), 'critical'), // certificates and revocation lists
    keyIdentifier(publicKey),
  ];
  const certificate = sealed({ issuer: name, subject: name, days: 3650, publicKey, extensions }, privateKey);
  return { key: pem(privateKey), certificate };
}

/** A server certificate for these host names and addresses, signed by the authority. */
export function newServer(authority: Pair, names: readonly string[]): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = new X509Certificate(authority.certificate);
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(), 'critical'),
    extension(KEY_USAGE, bitString(Buffer.from([0b10000000]), 7), 'critical'), // digital signatures
    extension(EXTENDED_KEY_USAGE, sequence(objectId(SERVER_AUTHENTICATION))),
    extension(ALTERNATIVE_NAMES, sequence(...names.map(alternativeName))),
    extension(AUTHORITY_KEY_IDENTIFIER, sequence(tagValue(0, keyHash(issuer.publicKey)))),
    keyIdentifier(publicKey),
  ];
  // 397 days is the longest that browsers accept.
  const content = { issuer: issuer.subject.replace(/^CN=/, ''), subject: 'localhost', days: 397, publicKey, extensions };
  return { key: pem(privateKey), certificate: sealed(content, createPrivateKey(authority.key)) };
}

/** Its certificate belongs to its key, and is valid now and tomorrow. */
export function isUsable(pair: Pair): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
    return from <= Date.now() && to > Date.now() + DAY && certificate.checkPrivateKey(createPrivateKey(pair.key));
  } catch {
    return false; // not PEM, or half of it
  }
}

/** The authority signed it, for all these names. */
export function isFor(pair: Pair, authority: Pair, names: readonly string[]): boolean {
  const certificate = new X509Certificate(pair.certificate);
  const covers = (name: string) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  return names.every(covers) && certificate.verify(createPublicKey(authority.certificate));
}

interface Content {
  /** Common names. */
  issuer: string;
  subject: string;
  days: number;
  publicKey: KeyObject;
  extensions: readonly Buffer[];
}

// RFC 5280, 4.1.
function sealed({ issuer, subject, days, publicKey, extensions }: Content, key: KeyObject): string {
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256));
  // Begins yesterday, for clients whose clock is behind.
  const validity = sequence(time(new Date(Date.now() - DAY)), time(new Date(Date.now() + days * DAY)));
  const signed = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    commonName(issuer),
    validity,
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  );
  const whole = sequence(signed, algorithm, bitString(sign('sha256', signed, key)));
  return new X509Certificate(whole).toString();
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(objectId(COMMON_NAME), utf8String(name))));
}

function extension(id: string, value: Buffer, critical?: 'critical'): Buffer {
  return sequence(objectId(id), ...(critical === undefined ? [] : [boolean(true)]), octetString(value));
}

function keyIdentifier(key: KeyObject): Buffer {
  return extension(SUBJECT_KEY_IDENTIFIER, octetString(keyHash(key)));
}

function keyHash(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function alternativeName(name: string): Buffer {
  return isIP(name) ? tagValue(7, addressBytes(name)) : tagValue(2, Buffer.from(name));
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes addresses in one form only, with hexadecimal groups and at most one gap.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [groups(head), groups(tail)];
  const gap = new Array<string>(8 - before.length - after.length).fill('0');
  return Buffer.from([...before, ...gap, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const DAY = 86_400_000;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
const ALTERNATIVE_NAMES = '2.5.29.17';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
