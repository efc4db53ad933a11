import { readFile } from 'node:fs/promises';

/** One line of a recording in test/fixtures/recordings. Source: spec/agent-wire-transcript.md, first paragraph. */
export interface RecordedEvent {
  /** Kind. */
  k?: string;
  /** Connection. */
  c?: number;
  /** Summary. */
  s?: string;
  /** Head of a request, whole answer, or bytes in hex (not more than 80 of a message). */
  raw?: string;
  body?: string;
  /** Of the whole message that was sent, in bytes. */
  len?: number;
  /** A whole WebSocket payload. */
  hex?: string;
}

export async function readRecording(name: string): Promise<readonly RecordedEvent[]> {
  const text = await readFile(new URL(`../../fixtures/recordings/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
