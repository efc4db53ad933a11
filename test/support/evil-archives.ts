import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Header, type types } from 'tar';
import { tarArchive } from './tar-archive.ts';

interface RawEntry {
  path: string;
  type?: types.EntryTypeName;
  linkpath?: string;
  /** What the header says; default: what the body has. */
  size?: number;
  body?: string | Buffer;
}

/** The blocks of one entry, however bad. */
export function blocks({ path, type = 'File', linkpath, body = '', size }: RawEntry): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(512);
  const link = linkpath === undefined ? {} : { linkpath };
  new Header({ path, mode: 0o644, type, size: size ?? bytes.length, mtime: new Date(0), ...link }).encode(header);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A pax header of what comes next, or with `GlobalExtendedHeader` of all that comes. */
export function pax(fields: Record<string, string>, type: 'ExtendedHeader' | 'GlobalExtendedHeader' = 'ExtendedHeader'): Buffer {
  return blocks({ path: 'pax', type, body: Object.entries(fields).map(paxRecord).join('') });
}

/** "13 path=../x\n": the number is the length of all of it, with itself. */
function paxRecord([name, value]: [string, string]): string {
  const rest = ` ${name}=${value}\n`;
  const short = Buffer.byteLength(rest) + 2;
  return `${short < 100 ? short : short < 1000 ? short + 1 : short + 2}${rest}`;
}

export function archiveOf(...parts: readonly Buffer[]): Buffer {
  return gzipSync(Buffer.concat([...parts, end]));
}

const end = Buffer.alloc(1024);
const good = blocks({ path: 'good', body: 'good' });
const link = (path: string, linkpath: string) => blocks({ path, type: 'SymbolicLink', linkpath });

/** What an archive does, the archive, and the words of its refusal. Any of them must be refused, with nothing outside of its directory. */
export const evilArchives: readonly (readonly [string, Buffer, RegExp])[] = [
  ['has an absolute path', archiveOf(good, blocks({ path: '/evil' })), /is an absolute path/],
  ['has a path that leads up', archiveOf(blocks({ path: '../evil' })), /leads out of its directory/],
  ['has a path that leads up further on', archiveOf(blocks({ path: 'a/../../evil' })), /leads out of its directory/],
  ['has a pax path that leads up', archiveOf(pax({ path: '../evil' }), blocks({ path: 'nice' })), /leads out of its directory/],
  ['has an absolute pax path', archiveOf(pax({ path: '/evil' }), blocks({ path: 'nice' })), /is an absolute path/],
  [
    'has a long name of GNU tar that leads up',
    archiveOf(blocks({ path: '././@LongLink', type: 'NextFileHasLongPath', body: '../evil\0' }), blocks({ path: 'nice' })),
    /leads out of its directory/,
  ],
  ['links to an absolute path', archiveOf(link('link', '/etc')), /leads out of its directory, to \/etc/],
  ['links up and out', archiveOf(link('a/link', '../../outside')), /leads out of its directory/],
  ['links up further on', archiveOf(link('link', 'a/../../outside')), /leads out of its directory/],
  ['links out through another link', archiveOf(link('a/up', '..'), link('out', 'a/up/../outside')), /leads out of its directory/],
  [
    'links out with a pax link',
    archiveOf(pax({ linkpath: '../../outside' }), link('link', 'nice')),
    /leads out of its directory/,
  ],
  [
    'has a file below a link',
    archiveOf(link('link', '..'), blocks({ path: 'link/evil' })),
    /out of its directory|not a directory/,
  ],
  ['has a file below a link of its own', archiveOf(link('link', 'a'), blocks({ path: 'link/evil' })), /not a directory/],
  ['has a file in the place of a link', archiveOf(link('link', 'a'), blocks({ path: 'link' })), /link twice/],
  ['has a link in the place of a directory', archiveOf(blocks({ path: 'a/evil' }), link('a', 'b')), /a twice/],
  ['has a hard link that leads up', archiveOf(blocks({ path: 'h', type: 'Link', linkpath: '../secret' })), /leads out/],
  ['has a hard link to the host', archiveOf(blocks({ path: 'h', type: 'Link', linkpath: '/etc/passwd' })), /absolute/],
  ['has a hard link to what is not in it', archiveOf(blocks({ path: 'h', type: 'Link', linkpath: 'x' })), /no file of it/],
  ['has a hard link to a link', archiveOf(link('l', 'a'), blocks({ path: 'h', type: 'Link', linkpath: 'l' })), /no file of it/],
  ['has a character device', archiveOf(blocks({ path: 'evil', type: 'CharacterDevice' })), /neither a file/],
  ['has a block device', archiveOf(blocks({ path: 'evil', type: 'BlockDevice' })), /neither a file/],
  ['has a named pipe', archiveOf(blocks({ path: 'evil', type: 'FIFO' })), /neither a file/],
  ['has a sparse file', archiveOf(blocks({ path: 'evil', type: 'SparseFile' })), /a kind that is not known: SparseFile/],
  ['has a file twice', archiveOf(good, good), /good twice/],
  ['has a file below a file', archiveOf(good, blocks({ path: 'good/evil' })), /good, which is not a directory/],
  ['has a line feed in a name', archiveOf(blocks({ path: 'evil\nname' })), /control characters/],
  ['has an escape in a name', archiveOf(blocks({ path: 'evil\u001b[2J' })), /control characters/],
  ['has a name that no file can have', archiveOf(pax({ path: 'e'.repeat(256) }), blocks({ path: 'nice' })), /too long/],
  ['is deeper than any tree', archiveOf(pax({ path: 'e/'.repeat(65) }), blocks({ path: 'nice' })), /too long/],
  ['says a huge size', archiveOf(blocks({ path: 'evil', size: 3 * 1024 ** 3 })), /more than 2147483648 bytes/],
  ['says a huge size in pax', archiveOf(pax({ size: String(1e15) }), blocks({ path: 'evil' })), /more than 2147483648 bytes/],
  ['says a size that it does not have', gzipSync(blocks({ path: 'evil', size: 5000, body: 'short' })), /not a whole tar\.gz/],
  ['is a gzip of zeros', gzipSync(Buffer.alloc(160 * 1024 ** 2)), /more than a hundredfold/],
  ['is a gzip in a gzip', gzipSync(archiveOf(good)), /another compressed file/],
  ['ends in the middle', archiveOf(good, blocks({ path: 'x', body: randomText() })).subarray(0, 2000), /unexpected end of file/],
  ['has other bytes behind its end', Buffer.concat([archiveOf(good), Buffer.from('something else behind it')]), /not a whole/],
  ['is a page', Buffer.from('<html>Not found</html>'.repeat(100)), /not a whole/],
  ['has a damaged header', gzipSync(Buffer.concat([good, Buffer.alloc(512, 'x'), end])), /not a whole/],
];

/** Archives that look odd and are what they seem to be: what they unpack to, path → content. */
export const oddArchives: readonly (readonly [string, Buffer, Record<string, string>])[] = [
  [
    'two gzip members',
    Buffer.concat([gzipSync(good), archiveOf(blocks({ path: 'b', body: 'b' }))]),
    { b: '644 b', good: '644 good' },
  ],
  ['zeros behind its end', Buffer.concat([archiveOf(good), Buffer.alloc(2000)]), { good: '644 good' }],
  ['entries behind its end', archiveOf(good, end, blocks({ path: 'hidden' })), { good: '644 good' }],
  ['a path for all in a global header', archiveOf(pax({ path: '../evil' }, 'GlobalExtendedHeader'), good), { good: '644 good' }],
  ['names that differ in case', archiveOf(good, blocks({ path: 'GOOD', body: 'G' })), { GOOD: '644 G', good: '644 good' }],
  ['no compression', Buffer.concat([good, end]), { good: '644 good' }],
  [
    'a directory twice',
    tarArchive([
      { path: 'a/', type: 'Directory' },
      { path: 'a/', type: 'Directory' },
    ]),
    { a: '744' },
  ],
];

/** That gzip does not make small. */
function randomText(): string {
  return Array.from({ length: 100 }, (_, line) => createHash('sha256').update(String(line)).digest('hex')).join('\n');
}
