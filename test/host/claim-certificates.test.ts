import { expect, test } from 'vitest';
import { claimCertificates } from '../../src/host/claim-certificates.ts';
import { createFakeSystem } from '../support/fake-system.ts';

test.each([
  ['cloud.d', ['cloud_fullchain.pem', 'trusted.pem'], '/d/cloud_fullchain.pem'],
  ['cloud.d', ['trusted.pem'], undefined],
  ['claim.conf', ['cloud_fullchain.pem', 'trusted.pem'], '/d/trusted.pem'],
  ['claim.conf', ['cloud_fullchain.pem'], '/d/cloud_fullchain.pem'],
  ['claim.d', [], undefined],
] as const)('the claim call of an agent of %s with %j trusts %s', async (generation, names, path) => {
  const files = Object.fromEntries(names.map((name) => [`/d/${name}`, 'certificates']));
  expect(await claimCertificates({ claimDirectory: '/d', generation }, createFakeSystem({ files }))).toBe(path);
});

test('a link is no certificates', async () => {
  const system = createFakeSystem({ files: { '/d/cloud_fullchain.pem': { link: '/root/secret' } } });
  expect(await claimCertificates({ claimDirectory: '/d', generation: 'cloud.d' }, system)).toBeUndefined();
});
