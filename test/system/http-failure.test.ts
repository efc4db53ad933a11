import { expect, it } from 'vitest';
import { httpFailure } from '../../src/system/http-failure.ts';
import { HttpFailure, shownUrl } from '../../src/system/system.ts';

function coded(code: string, cause?: unknown): Error {
  return Object.assign(new Error(`message of ${code}`, { cause }), { code });
}

it.each([
  ['ENOTFOUND', 'name-not-found'],
  ['EAI_AGAIN', 'name-not-found'],
  ['ECONNREFUSED', 'refused'],
  ['ETIMEDOUT', 'timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'timeout'],
  ['ECONNRESET', 'closed'],
  ['UND_ERR_SOCKET', 'closed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
  ['CERT_HAS_EXPIRED', 'tls-expired'],
  ['CERT_NOT_YET_VALID', 'tls-expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-wrong-name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['ENETUNREACH', 'other'],
])('knows what %s means', (code, reason) => {
  expect(httpFailure(coded(code), 'http://a.test/', 'waiting')).toMatchObject({
    reason,
    message: expect.stringContaining(`message of ${code}`),
  });
});

it('looks for the reason in the causes, and in what was wrong with the first address', () => {
  expect(httpFailure(coded('UND_ERR_ABORTED', coded('ENOTFOUND')), 'http://a.test/', 'waiting').reason).toBe('name-not-found');
  const addresses = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
  expect(httpFailure(addresses, 'http://a.test/', 'waiting').reason).toBe('refused');
});

it.each([
  ['https://user:secret@a.test/b@c', 'https://a.test/b@c'],
  ['https://a.test/user:x@b', 'https://a.test/user:x@b'],
  ['https://user:p?ss#w@a.test/b', 'https://a.test/b'],
  ['//user:secret@a.test/b', '//a.test/b'],
  ['https://a.test/b?X-Amz-Signature=f00#part', 'https://a.test/b'],
  ['rubbish', 'rubbish'],
])('takes out of %s what only the two sides should know', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});

it('never has a password in its text, whoever made it', () => {
  const { message, url } = new HttpFailure(
    'refused',
    'https://ada:hunter2@mirror.test/a.tar.gz',
    'The server does not take connections',
  );
  expect({ message, url }).toEqual({
    message: 'The server does not take connections (https://mirror.test/a.tar.gz)',
    url: 'https://mirror.test/a.tar.gz',
  });
});
