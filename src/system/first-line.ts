import type { Readable } from 'node:stream';

/** The first line of what comes, without its end; reads no more than it needs, and at most 64 KiB. Then the stream is closed. */
export async function firstLine(stream: Readable): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += chunk;
    if (text.includes('\n') || text.length > mostCharacters) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}

const mostCharacters = 65_536;
