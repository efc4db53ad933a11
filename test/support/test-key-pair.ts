import { generateKeyPairSync } from 'node:crypto';

const pairs = new Map<number, { privateKey: string; publicKey: string }>();

/** A real RSA pair, the same for the same number for as long as the tests of one file run. */
export function testKeyPair(number: number): { privateKey: string; publicKey: string } {
  const pair = pairs.get(number) ?? makePair();
  pairs.set(number, pair);
  return pair;
}

// Half the usual size: quick to make, and as good to look at.
function makePair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
