import { describe, expect, it } from 'vitest';
import { basicLogin, loginOf, routeTo } from '../../src/system/http-route.ts';

const target = new URL('https://x.example/');

describe('a proxy of the environment', () => {
  it.each([
    ['http://CORP\\jdoe:pw@10.0.0.1:3128', 'http://10.0.0.1:3128', 'CORP\\jdoe', 'pw'],
    ['CORP\\jdoe:pw@10.0.0.1:3128', 'http://10.0.0.1:3128', 'CORP\\jdoe', 'pw'],
    ['http://CORP%5Cjdoe:pw@10.0.0.1:3128', 'http://10.0.0.1:3128', 'CORP\\jdoe', 'pw'],
    ['http://jdoe@corp.example:p@ss/w?rd#1@proxy.example:3128/', 'http://proxy.example:3128', 'jdoe@corp.example', 'p@ss/w?rd#1'],
    ['http://user:50%@proxy.example:3128', 'http://proxy.example:3128', 'user', '50%'],
    ['socks5h://CORP\\jdoe:pw@[fd00::1]:1080', 'socks5h://[fd00::1]:1080', 'CORP\\jdoe', 'pw'],
    ['https://user:pw@proxy.example', 'https://proxy.example', 'user', 'pw'],
  ])('has its login before the last @: %s', (value, place, user, password) => {
    const route = routeTo(target, undefined, { https_proxy: value });
    expect(`${route?.protocol}//${route?.host}`).toBe(place);
    expect(route && loginOf(route)).toEqual({ user, password });
    expect(route && basicLogin(route)).toBe(`Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`);
  });

  it('needs no login, and no scheme', () => {
    expect(routeTo(target, undefined, { HTTPS_PROXY: 'proxy.example:3128' })?.href).toBe('http://proxy.example:3128/');
  });

  it.each(['gopher://user:hunter2@proxy.example', 'http://user:hunter2@', 'http://', 'http://user:hunter2@\\proxy'])(
    'is refused, without its password, when it is none: %s',
    (value) => {
      const route = () => routeTo(target, undefined, { https_proxy: value });
      expect(route).toThrow('The proxy in https_proxy or all_proxy is not an http, https, socks5 or socks5h URL');
      expect(route).not.toThrow('hunter2');
    },
  );
});

describe('no_proxy', () => {
  const proxied = (url: string, value: string) =>
    routeTo(new URL(url), undefined, { https_proxy: 'http://127.0.0.1:1', no_proxy: value });

  it.each([
    ['cloud.test', 'direct'],
    ['.cloud.test', 'direct'],
    ['other.test, test', 'direct'],
    ['other.test test', 'direct'],
    ['*.test', 'direct'],
    ['*', 'direct'],
    ['cloud.test:443', 'direct'],
    ['CLOUD.test.', 'direct'],
    ['cloud.test:80', 'proxy'],
    ['loud.test', 'proxy'],
    ['a.cloud.test', 'proxy'],
    ['10.0.0.0/8', 'proxy'],
    ['', 'proxy'],
  ])('%j sends https://cloud.test/ the way: %s', (value, way) => {
    expect(proxied('https://cloud.test/', value) === undefined ? 'direct' : 'proxy').toBe(way);
  });

  it.each([
    ['https://10.1.2.3/', '10.0.0.0/8', 'direct'],
    ['https://10.1.2.3/', 'other.test,10.1.2.0/24', 'direct'],
    ['https://10.1.2.3:8443/', '10.1.2.3', 'direct'],
    ['https://10.1.2.3:8443/', '10.1.2.3:8443', 'direct'],
    ['https://10.1.2.3/', '0.0.0.0/0', 'direct'],
    ['https://11.1.2.3/', '10.0.0.0/8', 'proxy'],
    ['https://10.1.2.3/', '10.0.0.0/33', 'proxy'],
    ['https://10.1.2.3/', '10.0.0.0/', 'proxy'],
    ['https://10.1.2.3/', '3', 'proxy'],
    ['https://10.1.2.3/', 'fd00::/8', 'proxy'],
    ['https://[fd00::12]/', 'fd00::/8', 'direct'],
    ['https://[fd00::12]/', '[fd00::]/8', 'direct'],
    ['https://[fd00::12]/', 'fd00:0:0::12', 'direct'],
    ['https://[fd00::12]:8443/', '[FD00::12]:8443', 'direct'],
    ['https://[fd00::12]/', '[fd00::12]:8443', 'proxy'],
    ['https://[fd00::12]/', 'fd00::1', 'proxy'],
    ['https://[fe80::12]/', 'fd00::/8', 'proxy'],
    ['https://[::1]:8443/', '', 'direct'],
    ['https://127.0.0.1/', '', 'direct'],
  ])('of an address, %s by %j: %s', (url, value, way) => {
    expect(proxied(url, value) === undefined ? 'direct' : 'proxy').toBe(way);
  });
});
