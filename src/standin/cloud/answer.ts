import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RefusalBody } from '../../cloud/wire.ts';
import { printableJson } from '../../system/printable.ts';

/** An HTTP answer: an object becomes compact JSON, a text goes out as it is, undefined is no body. */
export interface Answer {
  status: number;
  body?: object | string;
  /** Added to the few that every answer has; only for what agents never read. */
  headers?: Readonly<Record<string, string>>;
}

export function refusal(status: number, errorMsgKey: string, errorMessage: string): Answer {
  const body: RefusalBody = { errorCode: `${status}`, errorMsgKey, errorMessage, errorNonRetryable: false };
  return { status, body };
}

/**
 * Writes the narrow form that every agent's own HTTP client can read: Content-Length, no chunks, few and short headers, none of them empty.
 * Source: spec/claiming-and-link.md 7.3. The connection stays open, unless the client asks to close it: agents from 1.44 on read until there
 * is nothing more, and take a close before that for an error (agent src/aclk/https_client.c).
 */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  response.sendDate = false;
  response.writeHead(answer.status, answerHeaders(answer));
  response.end(bodyText(answer));
}

/** The head of the answer and half of its body, and then nothing. An answer without a body is whole all the same. */
export function sendHalf(response: ServerResponse, answer: Answer): void {
  response.sendDate = false;
  response.writeHead(answer.status, answerHeaders(answer));
  const text = bodyText(answer) ?? '';
  response.flushHeaders();
  if (text !== '') response.write(text.slice(0, Math.floor(text.length / 2)));
}

/** The same on a bare socket, for what never becomes a request or is an upgrade: the connection ends with it. */
export function answerText(answer: Answer, reason: string): string {
  const headers = Object.entries({ ...answerHeaders(answer), Connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${answer.status} ${reason}\r\n${headers.join('')}\r\n${bodyText(answer) ?? ''}`;
}

/**
 * Undefined when the body is longer than the limit; then it is read to its end all the same, because a client that is
 * still sending does not read the answer. Throws when the client goes away.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length <= limitBytes) pieces.push(piece);
  }
  return length <= limitBytes ? Buffer.concat(pieces) : undefined;
}

/** Undefined when the bytes are no JSON object. */
export function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bodyText(answer: Answer): string | undefined {
  return typeof answer.body === 'object' ? printableJson(answer.body) : answer.body;
}

function answerHeaders(answer: Answer): Record<string, string> {
  const text = bodyText(answer);
  const isEmpty = text === undefined && (answer.status === 204 || answer.status === 304);
  if (isEmpty) return { ...answer.headers };
  const type = typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  return { 'Content-Type': type, 'Content-Length': `${Buffer.byteLength(text ?? '')}`, ...answer.headers };
}
