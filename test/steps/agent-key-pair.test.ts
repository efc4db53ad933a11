import { expect, it } from 'vitest';
import { type AgentKeyPair, agentKeyPair } from '../../src/steps/agent-key-pair.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { testKeyPair } from '../support/test-key-pair.ts';

const [own, other] = [testKeyPair(0), testKeyPair(1)];
const noPrivate = '/c/private.pem is damaged: it holds no RSA private key.';
const noPublic = '/c/public.pem is damaged: it is not the public half of /c/private.pem.';

it.each<[string, FakeEntry | undefined, FakeEntry | undefined, AgentKeyPair]>([
  ['two halves that fit', own.privateKey, own.publicKey, { state: 'good' }],
  ['no half', undefined, undefined, { state: 'none' }],
  ['an empty private half', '', own.publicKey, { state: 'lost', why: noPrivate }],
  ['a private half of NULs', '\0'.repeat(1704), own.publicKey, { state: 'lost', why: noPrivate }],
  ['a private half that is cut off', own.privateKey.slice(0, 800), own.publicKey, { state: 'lost', why: noPrivate }],
  ['a damaged private half alone', 'rubbish', undefined, { state: 'lost', why: noPrivate }],
  ['a public half alone', undefined, own.publicKey, { state: 'lost' }],
  ['a public half of another pair', own.privateKey, other.publicKey, { state: 'halved', why: noPublic }],
  ['an empty public half', own.privateKey, '', { state: 'halved', why: noPublic }],
  ['a private key in the place of the public half', own.privateKey, own.privateKey, { state: 'halved', why: noPublic }],
  ['a private half alone', own.privateKey, undefined, { state: 'halved' }],
  ['a directory in the place of one', { directory: true }, own.publicKey, { state: 'unseen' }],
])('a key pair with %s', async (_, privateKey, publicKey, expected) => {
  const system = createFakeSystem({
    files: {
      ...(privateKey !== undefined && { '/c/private.pem': privateKey }),
      ...(publicKey !== undefined && { '/c/public.pem': publicKey }),
    },
  });
  expect(await agentKeyPair({ claimDirectory: '/c' }, system)).toEqual(expected);
});
