import { HttpFailure } from '../system/system.ts';
import { hashed } from './checksum.ts';
import type { FetchContext, Fetching, Source, SourceProblem } from './fetch.ts';

/** Downloads into `path`, which does not exist yet. Connection trouble and faults of the server are worth two more attempts; nothing else is. */
export async function downloadFrom(
  source: Extract<Source, { from: 'url' }>,
  fetching: Fetching,
  context: FetchContext,
): Promise<SourceProblem | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    const { problem, again } = await attemptOnce(source, fetching, context);
    const pause = pausesMilliseconds[attempt];
    if (problem === undefined || !again || pause === undefined) return problem;
    context.progress(`${problem.why} Trying again`);
    await context.system.sleep(pause, context.signal);
    context.signal.throwIfAborted();
  }
}

interface Attempt {
  problem?: SourceProblem;
  /** Whether another attempt may end better. */
  again?: boolean;
}

async function attemptOnce(
  { url }: Extract<Source, { from: 'url' }>,
  { path, sha256 }: Fetching,
  { system, signal, progress }: FetchContext,
): Promise<Attempt> {
  try {
    const { status, sizeBytes, body } = await system.openDownload({ url });
    if (status !== 200) return { problem: { why: `It answers with status ${status}.` }, again: status >= 500 };
    const { pieces, digest } = hashed(watched(body, { url, sizeBytes, signal, progress }));
    await system.createFile(path, pieces, { mode: 0o644 });
    const actual = digest();
    if (actual === sha256) return {};
    await system.removeFile(path);
    return { problem: { why: `Its SHA-256 is ${actual}.`, actual } };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HttpFailure)) throw error;
    return { problem: { why: `${error.message}.` }, again: passing.includes(error.reason) };
  }
}

interface Watch {
  url: string;
  sizeBytes: number | undefined;
  signal: AbortSignal;
  progress(text: string): void;
}

/** The same pieces; ends at once when the run is stopped, also while the server is silent. */
async function* watched(
  body: AsyncIterable<Uint8Array>,
  { url, sizeBytes, signal, progress }: Watch,
): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  const close = () => void pieces.return?.();
  signal.addEventListener('abort', close);
  try {
    let received = 0;
    let shown = '';
    for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) {
      received += piece.value.length;
      if (received > maximumBytes) throw new HttpFailure('too-large', url, `The file is longer than ${maximumBytes} bytes`);
      const text = progressText(received, sizeBytes);
      if (text !== shown) progress(text);
      shown = text;
      yield piece.value;
    }
    signal.throwIfAborted();
    if (sizeBytes !== undefined && received !== sizeBytes) {
      throw new HttpFailure('closed', url, `The file ended after ${received} of ${sizeBytes} bytes`);
    }
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

function progressText(received: number, sizeBytes: number | undefined): string {
  const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
  return sizeBytes === undefined ? `${megabytes(received)} MB` : `${megabytes(received)} of ${megabytes(sizeBytes)} MB`;
}

const pausesMilliseconds: readonly number[] = [1000, 3000];
const passing: readonly HttpFailure['reason'][] = ['timeout', 'closed', 'refused'];
const maximumBytes = 512 * 1024 ** 2;
