import { createPrivateKey, createPublicKey } from 'node:crypto';

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
