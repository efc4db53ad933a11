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
  { path: 'a/packaging/x.version', content: '../../etc\n' },
  { path: 'a/packaging/x.checksums', content: `${pin}  x.tar.gz\n` },
]);
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
