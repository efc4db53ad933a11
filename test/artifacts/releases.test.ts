import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { gatherReleases } from '../../src/artifacts/releases.ts';
import { createFakeSystem, type FakeHttp } from '../support/fake-system.ts';
import { tarArchive } from '../support/tar-archive.ts';

const releaseUrl = 'https://releases.test/agent/releases';
const pin = 'a'.repeat(64);
const archive = tarArchive([
  { path: 'netdata-v1.31.0/', type: 'Directory', mode: 0o755 },
  { path: 'netdata-v1.31.0/packaging/version', content: 'v1.31.0\n' },
  { path: 'netdata-v1.31.0/packaging/jsonc.version', content: '0.16-20220414\n' },
  { path: 'netdata-v1.31.0/packaging/jsonc.checksums', content: `${pin}  json-c-0.16-20220414.tar.gz\n` },
  { path: 'netdata-v1.31.0/packaging/unpinned.version', content: '1\n' },
  { path: 'netdata-v1.31.0/other/packaging/x.version', content: '1\n' },
  { path: 'netdata-v1.31.0/big', content: 'x'.repeat(200_000) },
]);
const sha256 = createHash('sha256').update(archive).digest('hex');
const sums = `${'b'.repeat(64)} *./netdata-latest.tar.gz\n${sha256} *./netdata-v1.31.0.tar.gz\n`;

function releaseServer(...more: FakeHttp[]) {
  return createFakeSystem({
    http: [
      ...more,
      { url: `${releaseUrl}/latest`, answer: { status: 302, headers: { location: '/agent/releases/tag/v1.31.0' } } },
      { url: `${releaseUrl}/download/v1.31.0/sha256sums.txt`, answer: { body: sums } },
      { url: `${releaseUrl}/download/v1.31.0/netdata-v1.31.0.tar.gz`, answer: { body: archive } },
    ],
  });
}

function leadsTo(path: string, location: string): FakeHttp {
  return { url: `${releaseUrl}${path}`, answer: { status: 302, headers: { location } } };
}

it('finds the newest release and what its own source tree pins, and writes nothing', async () => {
  const system = releaseServer();
  expect(await gatherReleases({ releaseUrl }, system)).toEqual({
    agent: {
      tag: 'v1.31.0',
      version: '1.31.0',
      url: `${releaseUrl}/download/v1.31.0/netdata-v1.31.0.tar.gz`,
      sha256,
      pinned: [{ component: 'jsonc', version: '0.16-20220414', fileName: 'json-c-0.16-20220414.tar.gz', sha256: pin }],
    },
  });
  expect(system.tree()).toEqual({});
});

it.each<[string, FakeHttp]>([
  ['/latest does not answer', { url: `${releaseUrl}/latest`, failure: 'timeout' }],
  ['the checksums do not come', { url: /sha256sums/, failure: 'closed' }],
  ['the archive does not come', { url: /tar\.gz$/, failure: 'refused' }],
])('says that the server cannot be reached: %s', async (_, http) => {
  await expect(gatherReleases({ releaseUrl }, releaseServer(http))).rejects.toMatchObject({
    code: 'RELEASE_UNREACHABLE',
    what: `The release server ${releaseUrl} did not answer.`,
  });
});

const badPin = tarArchive([
  { path: 'a/packaging/jsonc.version', content: '../../etc\n' },
  { path: 'a/packaging/jsonc.checksums', content: `${pin}  x.tar.gz\n` },
]);
function pinnedAs(version: string, checksums: string): Uint8Array {
  return tarArchive([
    { path: 'netdata-v1.31.0/packaging/protobuf.version', content: `${version}\n` },
    { path: 'netdata-v1.31.0/packaging/protobuf.checksums', content: checksums },
  ]);
}
const withSum = (bytes: Uint8Array): FakeHttp[] => [
  { url: /sha256sums/, answer: { body: `${createHash('sha256').update(bytes).digest('hex')}  netdata-v1.31.0.tar.gz` } },
  { url: /tar\.gz$/, answer: { body: bytes } },
];
it.each<[string, FakeHttp[]]>([
  ['no release yet', [{ url: `${releaseUrl}/latest`, answer: { status: 404 } }]],
  ['a redirect to nowhere', [{ url: `${releaseUrl}/latest`, answer: { status: 302 } }]],
  ['a redirect to what no HTTP client asks', [leadsTo('/latest', 'ftp://releases.test/tag/v1.31.0')]],
  ['a redirect without TLS', [leadsTo('/latest', 'http://releases.test/agent/releases/tag/v1.31.0')]],
  ['redirects in a circle', [leadsTo('/latest', '/agent/releases/latest')]],
  [
    'a version with a path in it',
    [leadsTo('/latest', 'https://x.test/v1.0.0%2f..'), { url: 'https://x.test/v1.0.0%2f..', answer: { status: 404 } }],
  ],
  ['no checksums', [{ url: /sha256sums/, answer: { status: 404 } }]],
  ['checksums of other files', [{ url: /sha256sums/, answer: { body: `${pin}  other.tar.gz` } }]],
  ['no archive', [{ url: /tar\.gz$/, answer: { status: 404 } }]],
  ['an archive that is none, with the right checksum', withSum(Buffer.from('rubbish'.repeat(300)))],
  ['a pin that would leave its directory', withSum(badPin)],
  ['a pin of a file that would leave its directory', withSum(pinnedAs('3.19.4', `${pin}  ../protobuf-cpp-3.19.4.tar.gz\n`))],
  ['a pin that is no checksum', withSum(pinnedAs('3.19.4', 'see upstream\n'))],
  ['several archives pinned, none of them this version', withSum(pinnedAs('3.19.4', `${pin}  a.tar.gz\n${pin}  b.tar.gz\n`))],
])('says that the release is not usable: %s', async (_, http) => {
  await expect(gatherReleases({ releaseUrl }, releaseServer(...http))).rejects.toMatchObject({ code: 'RELEASE_INVALID' });
});

it.each([
  ['another archive', badPin],
  ['a damaged archive', Buffer.concat([archive.subarray(0, 100), Buffer.alloc(50), archive.subarray(150)])],
  ['half of the archive', archive.subarray(0, archive.length / 2)],
])('says that the archive is not the one that its checksum names: %s', async (_, body) => {
  await expect(gatherReleases({ releaseUrl }, releaseServer({ url: /tar\.gz$/, answer: { body } }))).rejects.toMatchObject({
    code: 'VERIFY_CHECKSUM',
    why: expect.stringContaining(`should be ${sha256}, and is `),
  });
});

const other = 'c'.repeat(64);
it.each([
  ['two blanks', `${pin}  protobuf-cpp-3.19.4.tar.gz\n`, 'protobuf-cpp-3.19.4.tar.gz'],
  ['an asterisk for a binary file', `${pin} *protobuf-cpp-3.19.4.tar.gz\n`, 'protobuf-cpp-3.19.4.tar.gz'],
  ['the working directory before the name', `${pin}  ./protobuf-cpp-3.19.4.tar.gz\n`, 'protobuf-cpp-3.19.4.tar.gz'],
  ['no line end', `${pin}  protobuf-cpp-3.19.4.tar.gz`, 'protobuf-cpp-3.19.4.tar.gz'],
  [
    'upper case and line ends of another system',
    `${'A'.repeat(64)}  protobuf-cpp-3.19.4.tar.gz\r\n`,
    'protobuf-cpp-3.19.4.tar.gz',
  ],
  [
    'several lines, of which one has the name of the archive upstream',
    `${other}  ./protobuf-cpp-3.19.4.zip\n${other}  protobuf-all-3.19.4.tar.gz\n${pin} *./protobuf-cpp-3.19.4.tar.gz\n`,
    'protobuf-cpp-3.19.4.tar.gz',
  ],
  [
    'several lines, of which one has the version',
    `# by hand\n${other}  config.tar.gz\n${pin}  v3.19.4.tar.gz\n`,
    'v3.19.4.tar.gz',
  ],
])('understands a pin with %s', async (_, checksums, fileName) => {
  const system = releaseServer(...withSum(pinnedAs('3.19.4', checksums)));
  const { agent } = await gatherReleases({ releaseUrl }, system);
  expect(agent.pinned).toEqual([{ component: 'protobuf', version: '3.19.4', fileName, sha256: pin }]);
});

it('reads over the pins of what it does not build, whatever their form', async () => {
  const decoys = tarArchive([
    { path: 'netdata-v1.37.1/packaging/jsonc.version', content: '0.14-20200419\n' },
    { path: 'netdata-v1.37.1/packaging/jsonc.checksums', content: `${pin}  json-c-0.14-20200419.tar.gz\n` },
    { path: 'netdata-v1.37.1/packaging/ebpf.version', content: 'v1.0.1\n' },
    {
      path: 'netdata-v1.37.1/packaging/ebpf.checksums',
      content: ['glibc', 'musl', 'static'].map((libc) => `${other}  ./netdata-kernel-collector-${libc}-v1.0.1.tar.xz\n`).join(''),
    },
    { path: 'netdata-v1.37.1/packaging/go.d.version', content: 'v0.45.0\n' },
    {
      path: 'netdata-v1.37.1/packaging/go.d.checksums',
      content: `${other} *config.tar.gz\n${other} *go.d.plugin-v0.45.0.linux-amd64\n`,
    },
    { path: 'netdata-v1.37.1/packaging/dashboard.version', content: 'v2.13.28_\n' },
    { path: 'netdata-v1.37.1/packaging/dashboard.checksums', content: `${other}  dashboard.tar.gz\n` },
    { path: 'netdata-v1.37.1/packaging/libbpf_0_0_9.version', content: '0.0.9_netdata-1\n' },
    { path: 'netdata-v1.37.1/packaging/libbpf_0_0_9.checksums', content: '' },
    { path: 'netdata-v1.37.1/packaging/judy.version', content: '../../etc\n' },
    { path: 'netdata-v1.37.1/packaging/judy.checksums', content: 'not a checksum\n' },
  ]);
  const { agent } = await gatherReleases({ releaseUrl }, releaseServer(...withSum(decoys)));
  expect(agent.pinned).toEqual([
    { component: 'jsonc', version: '0.14-20200419', fileName: 'json-c-0.14-20200419.tar.gz', sha256: pin },
  ]);
});

it('follows a repository that has moved, and takes the files from its new place', async () => {
  const moved = 'https://releases.test/new/releases';
  const system = releaseServer(
    leadsTo('/latest', '/renamed/releases/latest?utm_source=x'),
    {
      url: 'https://releases.test/renamed/releases/latest?utm_source=x',
      answer: { status: 301, headers: { location: `${moved}/latest` } },
    },
    { url: `${moved}/latest`, answer: { status: 302, headers: { location: `${moved}/tag/v1.31.0/?ref=x` } } },
    { url: `${moved}/download/v1.31.0/sha256sums.txt`, answer: { body: sums } },
    { url: `${moved}/download/v1.31.0/netdata-v1.31.0.tar.gz`, answer: { body: archive } },
  );
  const { agent } = await gatherReleases({ releaseUrl }, system);
  expect(agent).toMatchObject({ tag: 'v1.31.0', url: `${moved}/download/v1.31.0/netdata-v1.31.0.tar.gz` });
});

it('follows five redirects, and no more', async () => {
  const hops = (count: number) =>
    Array.from({ length: count }, (_, hop) => leadsTo(hop === 0 ? '/latest' : `/hop${hop}`, `${releaseUrl}/hop${hop + 1}`));
  const system = releaseServer(...hops(4), leadsTo('/hop4', `${releaseUrl}/tag/v1.31.0`));
  expect((await gatherReleases({ releaseUrl }, system)).agent.tag).toBe('v1.31.0');
  await expect(gatherReleases({ releaseUrl }, releaseServer(...hops(5)))).rejects.toMatchObject({
    code: 'RELEASE_INVALID',
    why: `${releaseUrl}/latest leads on and on: none of 5 redirects ends in a version such as /tag/v1.31.0. The last one leads to ${releaseUrl}/hop5.`,
  });
});

it.each<[string, NonNullable<FakeHttp['answer']>, object]>([
  [
    'there were too many requests',
    { status: 429, headers: { 'retry-after': '60' } },
    {
      code: 'RELEASE_BUSY',
      why: `${releaseUrl}/latest answers with status 429: there were too many requests from this address, and wants to be asked again in 60 s.`,
      next: 'Try again in 60 s (at 2026-11-20 12:01:00 UTC), or name a mirror with --release-url URL.',
    },
  ],
  [
    'the rate limit of GitHub is reached',
    {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.UTC(2026, 10, 20, 12, 30) / 1000) },
    },
    {
      code: 'RELEASE_BUSY',
      why: `${releaseUrl}/latest answers with status 403: there were too many requests from this address, and wants to be asked again in 1800 s.`,
    },
  ],
  [
    'it names a moment that is none',
    { status: 429, headers: { 'x-ratelimit-reset': '1e300' } },
    { code: 'RELEASE_BUSY', next: 'Try again in some minutes, or name a mirror with --release-url URL.' },
  ],
  [
    'the rate limit of GitHub is reached, and only the body says so',
    { status: 403, body: '{"message":"API rate limit exceeded"}' },
    { code: 'RELEASE_BUSY', next: 'Try again in some minutes, or name a mirror with --release-url URL.' },
  ],
  [
    'it is down for a while',
    { status: 503 },
    { code: 'RELEASE_BUSY', why: `${releaseUrl}/latest answers with status 503: the server is not available for the moment.` },
  ],
  ['its gateway has no server', { status: 502 }, { code: 'RELEASE_BUSY' }],
  [
    'it forbids it',
    { status: 403, body: 'Blocked by policy' },
    { code: 'RELEASE_INVALID', why: `${releaseUrl}/latest answers with status 403: it does not let this machine have it.` },
  ],
  [
    'a proxy that nobody named wants a login',
    { status: 407 },
    { code: 'RELEASE_INVALID', next: expect.stringContaining('https_proxy=http://USER:PASSWORD@HOST:PORT') },
  ],
  [
    'the network wants a login',
    { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: 'Log in' },
    {
      code: 'RELEASE_LOGIN_PAGE',
      why: `${releaseUrl}/latest answers with a web page. Networks do so that want a login first.`,
      next: expect.stringMatching(/^Log in to the network: /),
    },
  ],
  ['the network wants a login, and says no more than that', { body: '\n<!DOCTYPE html>' }, { code: 'RELEASE_LOGIN_PAGE' }],
  ['the network wants a login, and has the status for it', { status: 511 }, { code: 'RELEASE_LOGIN_PAGE' }],
])('names what is wrong when the server does not serve: %s', async (_, answer, told) => {
  await expect(gatherReleases({ releaseUrl }, releaseServer({ url: `${releaseUrl}/latest`, answer }))).rejects.toMatchObject(
    told,
  );
});

it('sees a login page behind a redirect, and in the place of the files', async () => {
  const page = { headers: { 'content-type': 'text/html' }, body: '<html>Log in</html>' };
  const places: FakeHttp[][] = [
    [leadsTo('/latest', 'https://wifi.test/login?token=f00'), { url: /wifi/, answer: page }],
    [{ url: /sha256sums/, answer: page }],
    [{ url: /tar\.gz$/, answer: page }],
  ];
  for (const http of places) {
    await expect(gatherReleases({ releaseUrl }, releaseServer(...http))).rejects.toMatchObject({
      code: 'RELEASE_LOGIN_PAGE',
      message: expect.not.stringContaining('f00'),
    });
  }
});

it.each<[string, FakeHttp]>([
  ['/latest', { url: `${releaseUrl}/latest`, failure: 'closed' }],
  ['the checksums', { url: /sha256sums/, answer: { status: 503 } }],
  ['the archive', { url: /tar\.gz$/, answer: { status: 429, headers: { 'retry-after': '2' } } }],
])('asks again when it is trouble that passes: %s', async (_, { url, ...trouble }) => {
  const system = releaseServer();
  let asked = 0;
  const { get, openDownload } = system;
  const troubled = (request: { url: string }) => (typeof url === 'string' ? url === request.url : url.test(request.url));
  const bad = releaseServer({ url: /./, ...trouble });
  const flaky = {
    ...system,
    get: (request: Parameters<typeof get>[0]) => (troubled(request) && ++asked < 3 ? bad.get(request) : get(request)),
    openDownload: (request: Parameters<typeof openDownload>[0]) =>
      troubled(request) && ++asked < 3 ? bad.openDownload(request) : openDownload(request),
  };
  expect((await gatherReleases({ releaseUrl }, flaky)).agent.tag).toBe('v1.31.0');
  expect(asked).toBe(3);
  expect(system.calls.filter((call) => call.startsWith('sleep'))).toHaveLength(2);
});

it('does not ask for ever: three times, and not at all when the server wants a longer pause', async () => {
  const asked = async (http: Omit<FakeHttp, 'url'>) => {
    const system = releaseServer({ url: `${releaseUrl}/latest`, ...http });
    await expect(gatherReleases({ releaseUrl }, system)).rejects.toThrow();
    return system.requests.length;
  };
  expect(await asked({ failure: 'timeout' })).toBe(3);
  expect(await asked({ answer: { status: 500 } })).toBe(3);
  expect(await asked({ answer: { status: 429, headers: { 'retry-after': '11' } } })).toBe(1);
  expect(await asked({ failure: 'name-not-found' })).toBe(1);
});

it.each<[string, FakeHttp['failure'], string]>([
  ['a CA that is not known', 'tls-untrusted', '--ca-file FILE, and run kickstart again.'],
  ['a proxy that wants a login', 'proxy-login', 'https_proxy=http://USER:PASSWORD@HOST:PORT'],
  ['a proxy that is down', 'proxy-unreachable', '$https_proxy'],
  ['a clock that is wrong', 'tls-expired', 'the clock of this machine'],
])('gives the advice for the cause: %s', async (_, failure = 'other', advice) => {
  const refused = gatherReleases({ releaseUrl }, releaseServer({ url: `${releaseUrl}/latest`, failure }));
  await expect(refused).rejects.toMatchObject({ code: 'RELEASE_UNREACHABLE', next: expect.stringContaining(advice) });
});

it('reads checksums as Windows, a tab or a byte order mark leave them', async () => {
  const body = `\uFEFF${sha256.toUpperCase()}\t./netdata-v1.31.0.tar.gz\r\n`;
  expect((await gatherReleases({ releaseUrl }, releaseServer({ url: /sha256sums/, answer: { body } }))).agent.sha256).toBe(
    sha256,
  );
});
