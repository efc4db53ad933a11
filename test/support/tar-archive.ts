import { gzipSync } from 'node:zlib';
import { Header, type types } from 'tar';

interface TarEntry {
  path: string;
  content?: string;
  mode?: number;
  type?: types.EntryTypeName;
  linkpath?: string;
}

/** A tar.gz archive with just these entries, however bad. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)]));
}

function blocksOf({ path, content = '', mode = 0o644, type = 'File', linkpath }: TarEntry): readonly Buffer[] {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  new Header({ path, mode, type, size: body.length, mtime: new Date(0), ...(linkpath === undefined ? {} : { linkpath }) }).encode(
    header,
  );
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}
