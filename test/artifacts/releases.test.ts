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
  ['a page instead of a redirect', [{ url: `${releaseUrl}/latest`, answer: { body: '<html>' } }]],
  [
    'a redirect to what is no version',
    [{ url: `${releaseUrl}/latest`, answer: { status: 302, headers: { location: '/login' } } }],
  ],
  [
    'a version with a path in it',
    [{ url: `${releaseUrl}/latest`, answer: { status: 302, headers: { location: 'https://x.test/v1.0.0%2f..' } } }],
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
