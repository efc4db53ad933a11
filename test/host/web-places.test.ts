import { describe, expect, test } from 'vitest';
import { type WebPlace, webPlaces, webUrl } from '../../src/host/web-places.ts';

const at = (host: string, port: number, answers = true): WebPlace => ({ kind: 'tcp', host, port, answers });

describe('where "bind to" lets an agent listen', () => {
  test.each<[string, readonly WebPlace[]]>([
    ['*', [at('*', 19999)]],
    ['127.0.0.2', [at('127.0.0.2', 19999)]],
    ['[::1]:28999', [at('::1', 28999)]],
    ['127.0.0.2:28998 127.0.0.1:28999', [at('127.0.0.2', 28998), at('127.0.0.1', 28999)]],
    ['127.0.0.1,tcp:localhost:20000', [at('127.0.0.1', 19999), at('localhost', 20000)]],
    ['any:20001 all 0.0.0.0 [::]', [at('*', 20001), at('*', 19999), at('*', 19999), at('*', 19999)]],
    ['[fe80::1]%eth0:20002', [at('fe80::1', 20002)]],
    ['eth.example%eth0:20003', [at('eth.example', 20003)]],
    ['*:20004=dashboard|registry', [at('*', 20004)]],
    ['*:20005=streaming *:20006=streaming|dashboard^SSL=force', [at('*', 20005, false), at('*', 20006)]],
    ['*=dashboard^SSL=optional', [at('*', 19999)]],
    ['unix:/run/netdata/web.sock udp:*:20007', [{ kind: 'unix', path: '/run/netdata/web.sock', answers: true }]],
    ['*:many', [at('*', 19999)]],
    ['', []],
  ])('%j', (bindTo, places) => {
    expect(webPlaces(bindTo, 19999)).toEqual(places);
  });
});

test.each([
  ['*', 'http://127.0.0.1:19999'],
  ['[::1]:28999', 'http://[::1]:28999'],
  ['unix:/run/x *:20000=streaming 127.0.0.2:20001', 'http://127.0.0.2:20001'],
  ['unix:/run/x', undefined],
])('people look at %j at %s', (bindTo, url) => {
  expect(webUrl(webPlaces(bindTo, 19999))).toBe(url);
});
