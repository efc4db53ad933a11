import { createHash } from 'node:crypto';
import type { FakeHttp } from './fake-system.ts';
import { tarArchive } from './tar-archive.ts';

/** A release server with one agent, v1.31.0, that pins one library. */
export function releaseServer(releaseUrl: string): readonly FakeHttp[] {
  const download = `${releaseUrl}/download/v1.31.0`;
  return [
    { url: `${releaseUrl}/latest`, answer: { status: 302, headers: { location: `${releaseUrl}/tag/v1.31.0` } } },
    { url: `${download}/sha256sums.txt`, answer: { body: `${sha256} *./netdata-v1.31.0.tar.gz\n` } },
    { url: `${download}/netdata-v1.31.0.tar.gz`, answer: { body: archive } },
  ];
}

const archive = tarArchive([
  { path: 'netdata-v1.31.0/packaging/jsonc.version', content: '0.16\n' },
  { path: 'netdata-v1.31.0/packaging/jsonc.checksums', content: `${'a'.repeat(64)}  json-c-0.16.tar.gz\n` },
]);
const sha256 = createHash('sha256').update(archive).digest('hex');
