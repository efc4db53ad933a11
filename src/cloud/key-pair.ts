import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** The public half (SPKI, PEM) of an RSA key in PKCS#1 or PKCS#8; undefined when the text is no such key. Source: spec/claiming-and-link.md 2.7. */
export function publicKeyOf(privateKey: string): string | undefined {
  try {
    const key = createPrivateKey(privateKey);
    if (key.asymmetricKeyType !== 'rsa') return undefined;
    return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    return undefined;
  }
}

/** Whether this is the public half of this private key. What only looks like one, such as a private key in its place, is none. */
export function isPublicKeyOf(publicKey: string, privateKey: string): boolean {
  const own = publicKeyOf(privateKey);
  const given = parsePublicKey(publicKey);
  return own !== undefined && given !== undefined && createPublicKey(own).equals(given);
}

function parsePublicKey(text: string): KeyObject | undefined {
  if (!/^-----BEGIN (RSA )?PUBLIC KEY-----/.test(text.trimStart())) return undefined;
  try {
    return createPublicKey(text);
  } catch {
    return undefined;
  }
}
