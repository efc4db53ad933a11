import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { isPublicKeyOf, publicKeyOf } from '../../src/cloud/key-pair.ts';
import { testKeyPair } from '../support/test-key-pair.ts';

it.each(['pkcs1', 'pkcs8'] as const)('a private key in %s gives its public half', (type) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type, format: 'pem' },
  });
  expect(publicKeyOf(privateKey)).toBe(publicKey);
});

it('nothing else gives one', () => {
  const { privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  expect(publicKeyOf(privateKey)).toBeUndefined();
  expect(publicKeyOf('')).toBeUndefined();
});

it('a public half fits its own private half only', () => {
  const [own, other] = [testKeyPair(0), testKeyPair(1)];
  expect(isPublicKeyOf(own.publicKey, own.privateKey)).toBe(true);
  for (const text of [other.publicKey, own.privateKey, '', '-----BEGIN PUBLIC KEY-----\n'])
    expect(isPublicKeyOf(text, own.privateKey)).toBe(false);
});
