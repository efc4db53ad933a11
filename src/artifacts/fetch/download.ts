import { HttpFailure, type HttpStream } from '../../system/system.ts';
import { isWebPage, refusalOf } from '../server-refusal.ts';
import { type Arriving, beginArrival, endArrival } from './arrive.ts';
import { longestPart, piecesIfThere } from './earlier-part.ts';
import type { FetchContext, Fetching, Source, SourceProblem } from './fetch.ts';
import type { OnePass } from './one-pass.ts';
import { type Answer, answerOf } from './range-answer.ts';
import { mayPass, pauseAfter } from './retries.ts';

type Download = Arriving & Pick<Fetching, 'caFile'> & { part: string; url: string };

/**
 * Downloads a file, going on where a connection broke, with the bytes hashed and unpacked so far still in memory. It also goes on behind
 * what a run of another install left in the cache, which is read again; what a killed run of this install left was taken back before. Bytes from several answers that do not fit together are no fault of the source: they are asked
 * for once more, in one piece. An attempt that brings less than 1 MiB counts, and after five of them the source is given up.
 */
export async function downloadFrom(
  { url }: Extract<Source, { from: 'url' }>,
  arriving: Arriving & Pick<Fetching, 'caFile'> & { part: string },
  context: FetchContext,
): Promise<SourceProblem | undefined> {
  const download: Download = { ...arriving, url };
  const transfer: Transfer = { pass: beginArrival(arriving, context), answers: 0 };
  try {
    await takeEarlierPart(transfer, download, context);
    return await downloadInto(transfer, download, context);
  } catch (error) {
    await transfer.pass.discard();
    throw error;
  }
}

/** What is known of a file of which a part has come. */
interface Transfer {
  pass: OnePass;
  /** How many answers the bytes are from; what an earlier run left is one of them. */
  answers: number;
  validator?: string;
  totalBytes?: number;
  /** It came as a page for people. */
  isPage?: boolean;
}

async function downloadInto(transfer: Transfer, download: Download, context: FetchContext): Promise<SourceProblem | undefined> {
  const { system, signal, progress } = context;
  let mayResume = true;
  let furthest = transfer.pass.takenBytes();
  for (let attempt = 1; ; attempt += 1) {
    if (!mayResume) await beginAnew(transfer, download, context);
    // Broken off behind the last byte, or left whole by an earlier run.
    if (transfer.pass.sha256() === download.sha256) return endArrival(transfer.pass, download, context);
    const end = await attemptOnce(transfer, download, context);
    if (end === 'whole') {
      const { answers, isPage } = transfer;
      const problem = await endArrival(transfer.pass, download, context);
      if (problem !== undefined && isPage)
        return { why: 'It sends a web page in place of the file, as networks do that want a login first.' };
      if (problem === undefined || answers === 1 || !mayResume) return problem;
      mayResume = false;
      progress('The parts of the file do not fit together. Beginning anew');
      continue;
    }
    if (end === 'other-file') {
      await beginAnew(transfer, download, context);
      if (attempt >= mostAttempts) return giveUp(transfer, { why: 'It answers with another file each time.' });
      continue;
    }
    const { takenBytes } = transfer.pass;
    if (takenBytes() >= furthest + worthwhileBytes) attempt = 1;
    furthest = Math.max(furthest, takenBytes());
    if (!end.again || attempt >= mostAttempts) return giveUp(transfer, end.problem);
    const pause = end.pauseMilliseconds ?? pauseAfter(attempt, system.randomUuid());
    progress(`${end.problem.why} Trying again in ${Math.ceil(pause / 1000)} s`);
    await system.sleep(pause, signal);
    signal.throwIfAborted();
  }
}

/** What an attempt led to, when not to all the bytes. */
interface Trouble {
  problem: SourceProblem;
  /** Whether another attempt may end better. */
  again: boolean;
  /** What the server asks for. */
  pauseMilliseconds?: number;
}

async function attemptOnce(
  transfer: Transfer,
  { url, caFile }: Download,
  { system, signal, progress }: FetchContext,
): Promise<'whole' | 'other-file' | Trouble> {
  const { pass } = transfer;
  const from = pass.takenBytes();
  try {
    const ifRange = from > 0 && transfer.validator !== undefined ? { headers: { 'if-range': transfer.validator } } : {};
    const trust = caFile === undefined ? {} : { caFile };
    const stream = await system.openDownload({ url, ...trust, ...(from > 0 ? { from } : {}), ...ifRange }, signal);
    const answer = answerOf(stream, { from, totalBytes: transfer.totalBytes, validator: transfer.validator });
    if (answer.is !== 'bytes') await close(stream);
    if (answer.is === 'other-file') return 'other-file';
    if (answer.is === 'refusal') return refused(stream, system.now());
    if (answer.totalBytes !== undefined && answer.totalBytes > mostBytes) {
      await close(stream);
      throw tooLong(url);
    }
    transfer.answers += 1;
    Object.assign(transfer, known(answer), { isPage: isWebPage({ headers: stream.headers }) });
    await takeBody(stream, answer, { pass, url, signal, progress });
    return 'whole';
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HttpFailure)) throw error;
    return { problem: { why: `${error.message}.` }, again: mayPass(error.reason) };
  }
}

interface Taking {
  pass: OnePass;
  url: string;
  signal: AbortSignal;
  progress(text: string): void;
}

async function takeBody(
  { body }: HttpStream,
  { skipBytes, totalBytes }: Extract<Answer, { is: 'bytes' }>,
  { pass, url, signal, progress }: Taking,
): Promise<void> {
  let skip = skipBytes;
  let shown = '';
  for await (const piece of body) {
    signal.throwIfAborted();
    const fresh = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - fresh.length;
    if (pass.takenBytes() + fresh.length > mostBytes) throw tooLong(url);
    if (fresh.length > 0) await pass.take(fresh);
    const text = skip > 0 ? `passing over what is here already` : progressText(pass.takenBytes(), totalBytes);
    if (text !== shown) progress(text);
    shown = text;
  }
  signal.throwIfAborted();
  if (skip > 0 || (totalBytes !== undefined && pass.takenBytes() < totalBytes)) {
    const received = pass.takenBytes();
    throw new HttpFailure('closed', url, `The file ended after ${received} of ${totalBytes ?? 'more'} bytes`);
  }
}

async function takeEarlierPart(transfer: Transfer, download: Download, context: FetchContext): Promise<void> {
  const { system, signal, progress } = context;
  const earlier = await longestPart(download, system);
  if (earlier === undefined) return;
  progress('reading what an earlier run had of it');
  for await (const piece of piecesIfThere(earlier, system)) {
    signal.throwIfAborted();
    await transfer.pass.take(piece);
    transfer.answers = 1;
  }
}

async function beginAnew(transfer: Transfer, download: Download, context: FetchContext): Promise<void> {
  await transfer.pass.discard();
  transfer.pass = beginArrival(download, context);
  transfer.answers = 0;
  delete transfer.validator;
  delete transfer.totalBytes;
}

async function giveUp({ pass }: Transfer, problem: SourceProblem): Promise<SourceProblem> {
  await pass.discard();
  return problem;
}

function refused({ status, headers }: HttpStream, now: number): Trouble {
  const refusal = refusalOf({ status, headers }, now);
  const why = refusal?.why ?? `It answers with status ${status}.`;
  const pauseMilliseconds = refusal?.waitMilliseconds;
  if (pauseMilliseconds === undefined) return { problem: { why }, again: refusal?.again === true };
  return { problem: { why }, again: pauseMilliseconds <= longestPause, pauseMilliseconds };
}

function known({ validator, totalBytes }: Extract<Answer, { is: 'bytes' }>) {
  return { ...(validator === undefined ? {} : { validator }), ...(totalBytes === undefined ? {} : { totalBytes }) };
}

async function close({ body }: HttpStream): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}

function tooLong(url: string): HttpFailure {
  return new HttpFailure('too-large', url, `The file is longer than ${mostBytes} bytes`);
}

function progressText(received: number, totalBytes: number | undefined): string {
  const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(1);
  return totalBytes === undefined ? `${megabytes(received)} MB` : `${megabytes(received)} of ${megabytes(totalBytes)} MB`;
}

const mostAttempts = 5;
/** In milliseconds. */
const longestPause = 30_000;
const worthwhileBytes = 1024 ** 2;
const mostBytes = 1024 ** 3;
