import { randomUUID } from 'node:crypto';
import { unzipSync } from 'node:zlib';
import { replyTopic, topicPaths, topicRoot } from '../../cloud/wire.ts';
import { printable } from '../../system/printable.ts';
import { parseObject } from './answer.ts';
import type { MqttSession } from './mqtt-session.ts';

/** An agent's answer to an HTTP request that came to it over MQTT. */
export interface QueryAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** HTTP over MQTT. Source: spec/claiming-and-link.md 7.9, last paragraph; transcript 5, S2. */
export interface Queries {
  /** GETs a path of the agent's API. Undefined when it does not answer in time, goes away, or answers something else. */
  ask(session: MqttSession, path: string, timeoutSeconds: number): Promise<QueryAnswer | 'not-listening' | undefined>;
  /** True when the message was the reply to a query. */
  settle(topic: string, payload: Buffer): boolean;
  /** Ends the queries to a node that is gone. */
  abandon(id: string): void;
}

export function createQueries(): Queries {
  const waiting = new Map<string, (reply: Buffer | undefined) => void>();

  return {
    async ask(session, path, timeoutSeconds) {
      const messageId = randomUUID();
      const topic = replyTopic(session.claimId, messageId);
      const header = { type: 'http', version: 2, 'msg-id': messageId, 'callback-topic': topic, timeout: timeoutSeconds * 1000 };
      const request = Buffer.from(`${JSON.stringify(header)}\r\n\r\nGET ${path} HTTP/1.1\r\n\r\n`);
      const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
      const timer = setTimeout(resolve, timeoutSeconds * 1000, undefined);
      waiting.set(topic, resolve);
      const isSent = session.publish(topicRoot(session.claimId) + topicPaths['inbox-cmd'], request);
      if (!isSent) resolve(undefined);
      const reply = await promise;
      clearTimeout(timer);
      waiting.delete(topic);
      if (!isSent) return 'not-listening';
      return reply === undefined ? undefined : parseReply(reply);
    },
    settle(topic, payload) {
      const resolve = waiting.get(topic);
      resolve?.(payload);
      return resolve !== undefined;
    },
    abandon(id) {
      for (const [topic, resolve] of waiting) if (topic.startsWith(`${topicRoot(id)}/`)) resolve(undefined);
    },
  };
}

/** JSON header, blank line, whole HTTP response. */
function parseReply(reply: Buffer): QueryAnswer | undefined {
  const [header, response] = splitAtBlankLine(reply);
  const [head, body] = splitAtBlankLine(response);
  const [statusLine = '', ...lines] = head.toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  if (parseObject(header)?.type !== 'http' || Number.isNaN(status)) return undefined;
  const headers = Object.fromEntries(lines.flatMap((line) => (line.includes(':') ? [parseHeader(line)] : [])));
  const own = body.subarray(0, lengthIn(headers));
  const text = 'content-encoding' in headers ? unpacked(own) : own;
  return text === undefined ? undefined : { status, headers, body: printableLines(text.toString('utf8')) };
}

/** What comes after that is not of the answer: 1.33.1 sends what else was in its buffer. Undefined when it does not say. */
function lengthIn(headers: Readonly<Record<string, string>>): number | undefined {
  const length = headers['content-length'] ?? '';
  return /^\d+$/.test(length) ? Number(length) : undefined;
}

function splitAtBlankLine(bytes: Buffer): [Buffer, Buffer] {
  const at = bytes.indexOf('\r\n\r\n');
  return at < 0 ? [bytes, Buffer.alloc(0)] : [bytes.subarray(0, at), bytes.subarray(at + 4)];
}

function parseHeader(line: string): [string, string] {
  const at = line.indexOf(':');
  return [printable(line.slice(0, at).toLowerCase()), printable(line.slice(at + 1).trim())];
}

function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join('\n');
}

function unpacked(body: Buffer): Buffer | undefined {
  try {
    return unzipSync(body, { maxOutputLength: 16 * 1024 * 1024 });
  } catch {
    return undefined; // said to be packed, and is not
  }
}
