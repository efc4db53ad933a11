import { expect, it } from 'vitest';
import { parsePrivateCa, systemCertificatesFollow } from '../../src/host/private-ca.ts';

it('tells the private CA of a Cloud from the certificates of the system below it', () => {
  expect(parsePrivateCa('PRIVATE\n')).toEqual({ pem: 'PRIVATE\n', withSystem: false });
  expect(parsePrivateCa(`PRIVATE\n${systemCertificatesFollow}\nOF THE SYSTEM\n`)).toEqual({ pem: 'PRIVATE', withSystem: true });
});
