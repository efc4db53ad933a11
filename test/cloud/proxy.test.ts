import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkCannot, parseProxy, proxyOf } from '../../src/cloud/proxy.ts';
import { Secret } from '../../src/system/secret.ts';
import { revealed } from '../support/fake-system.ts';

describe('a proxy setting', () => {
  it.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128', 'http://proxy.example:3128'],
    ['http://proxy.example', 'http://proxy.example:8080', 'http://proxy.example:8080'],
    ['http://proxy.example:80/', 'http://proxy.example:80', 'http://proxy.example:80'],
    ['socks5://10.0.0.1', 'socks5://10.0.0.1:1080', 'socks5://10.0.0.1:1080'],
    ['SOCKS5H://Proxy.Example:9050', 'socks5h://proxy.example:9050', 'socks5h://proxy.example:9050'],
    ['http://[::1]:3128', 'http://[::1]:3128', 'http://[::1]:3128'],
    ['http://user@proxy.example:1', 'http://proxy.example:1', 'http://user@proxy.example:1'],
    ['http://user:pass@proxy.example:1', 'http://proxy.example:1', 'http://user:pass@proxy.example:1'],
    ['http://us%40er:p%40ss@proxy.example:1', 'http://proxy.example:1', 'http://us%40er:p%40ss@proxy.example:1'],
    ['http://user:p@s:s/#?1@proxy.example:1', 'http://proxy.example:1', 'http://user:p%40s%3As%2F%23%3F1@proxy.example:1'],
    ['http://user:100%@proxy.example:1', 'http://proxy.example:1', 'http://user:100%25@proxy.example:1'],
    ['http://user:$&@proxy.example:1', 'http://proxy.example:1', 'http://user:%24%26@proxy.example:1'],
    [' http://:@proxy.example:1 ', 'http://proxy.example:1', 'http://proxy.example:1'],
  ])('%s is %s', (text, shown, url) => {
    const proxy = parseProxy(text);
    expect(proxy?.shown).toBe(shown);
    expect(revealed(proxy?.url)).toBe(url);
    expect(proxy?.hasCredentials).toBe(url.includes('@'));
  });

  it.each([
    'proxy.example:3128',
    'https://proxy.example:3128',
    'socks4://proxy.example',
    'socks://proxy.example',
    'http://',
    'http://:3128',
    'http://proxy.example:0',
    'http://proxy.example:65536',
    'http://proxy.example:3128/path',
    'http://pro xy.example',
    'none',
    '',
  ])('%j is none that agents know', (text) => {
    expect(parseProxy(text)).toBeUndefined();
  });

  it('with any password shows nothing of it, and means just that password', () => {
    const text = fc.string({ minLength: 4, maxLength: 40, unit: 'grapheme' }).filter((value) => !value.includes('%'));
    fc.assert(
      fc.property(text, (password) => {
        const proxy = parseProxy(`http://user:${password}@proxy.example:3128`);
        expect(proxy?.shown).toBe('http://proxy.example:3128');
        expect(decodeURIComponent(new URL(revealed(proxy?.url) ?? '').password)).toBe(password);
        expect(JSON.stringify(proxy)).toBe(
          '{"scheme":"http","host":"proxy.example","port":3128,"hasCredentials":true,"url":"[hidden]","shown":"http://proxy.example:3128"}',
        );
      }),
    );
  });
});

describe('the proxy of a claim', () => {
  const url = new Secret('http://proxy.example:3128');

  it.each([
    [{ from: 'none' }, 'http://other.example:1', 'none'],
    [{ from: 'environment' }, 'http://other.example:1', undefined],
    [{ from: 'option', url }, 'http://other.example:1', 'http://proxy.example:3128'],
    [{ from: 'agent' }, 'http://other.example:1', 'http://other.example:1'],
    [{ from: 'agent' }, 'none', 'none'],
    [{ from: 'agent' }, 'env', undefined],
    [{ from: 'agent' }, '', undefined],
    [{ from: 'agent' }, undefined, undefined],
    [{ from: 'agent' }, 'https://other.example', 'none'],
    [{ from: 'agent' }, 'other.example:3128', 'none'],
  ] as const)('%j with the agent set to %s is %s', (proxy, setting, expected) => {
    expect(revealed(proxyOf(proxy, setting))).toBe(expected);
  });
});

describe('the link of an agent', () => {
  const http = { scheme: 'http', hasCredentials: false } as const;
  const login = { scheme: 'http', hasCredentials: true } as const;
  const socks = { scheme: 'socks5h', hasCredentials: false } as const;
  const old = { ...http, httpVersion: '1.0' } as const;

  it.each([
    ['1.29.3', http, undefined],
    ['1.29.3', login, undefined],
    ['1.29.3', socks, /only when it is the legacy link and its libwebsockets was built with SOCKS5/],
    ['1.32.1', login, /only when it is the legacy link/],
    ['1.33.0', socks, /^The agent-cloud link of Netdata 1\.33\.0 cannot use a SOCKS5 proxy/],
    ['1.37.1', login, /cannot use a proxy with user and password.*1\.38\.0/],
    ['1.38.0', login, undefined],
    ['1.38.0-4-nightly', login, undefined],
    ['2.9.0', socks, /cannot use a SOCKS5 proxy.*2\.10\.0/],
    ['2.10.0', socks, undefined],
    ['2.10.4', login, undefined],
    ['1.46.1', old, /answers with HTTP\/1\.0.*1\.46\.2/],
    ['v1.46.1', old, /answers with HTTP\/1\.0/],
    ['1.46.2', old, undefined],
    ['1.46.1', { ...http, httpVersion: '1.1' }, undefined],
  ] as const)('%s with %j', (version, proxy, sentence) => {
    if (sentence === undefined) expect(linkCannot(proxy, version)).toBeUndefined();
    else expect(linkCannot(proxy, version)).toMatch(sentence);
  });
});
