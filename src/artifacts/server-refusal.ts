/** An answer; its body where it is known. */
export interface ServerAnswer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body?: string;
}

/** Why a server does not give a file: words for people, and whether to ask again. */
export interface ServerRefusal {
  kind: 'busy' | 'login-page' | 'proxy-login' | 'forbidden' | 'missing' | 'other';
  /** A whole sentence. */
  why: string;
  /** Whether another attempt may end better. */
  again: boolean;
  /** How long the server asks to wait; absent when it does not say. */
  waitMilliseconds?: number;
}

/** What the status of an answer means that is not the file; undefined for a success or a redirect. Source: RFC 9110 15.5 and 15.6. */
export function refusalOf(answer: ServerAnswer, now: number): ServerRefusal | undefined {
  const { status } = answer;
  if (status < 400) return undefined;
  const row = isRateLimit(answer) ? tooMany : (rows.find(({ of }) => of(status)) ?? unknown);
  const wait = row.kind === 'busy' ? waitOf(answer, now) : undefined;
  return {
    kind: row.kind,
    why: `It answers with status ${status}: ${row.meaning}${wait === undefined ? '' : `, and wants to be asked again in ${Math.ceil(wait / 1000)} s`}.`,
    again: row.kind === 'busy',
    ...(wait === undefined ? {} : { waitMilliseconds: wait }),
  };
}

/** Whether a page for people came where a file was asked for, as networks answer that want a login first. */
export function isWebPage({ headers, body = '' }: Pick<ServerAnswer, 'headers' | 'body'>): boolean {
  return (
    /^\s*(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype\s+html|html)\b/i.test(body)
  );
}

interface Meaning {
  kind: ServerRefusal['kind'];
  meaning: string;
}

const tooMany: Meaning = { kind: 'busy', meaning: 'there were too many requests from this address' };
const unknown: Meaning = { kind: 'other', meaning: 'it refuses the request' };

const rows: readonly (Meaning & { of(status: number): boolean })[] = [
  { of: (status) => status === 429, ...tooMany },
  { of: (status) => status === 407, kind: 'proxy-login', meaning: 'a proxy on the way wants a user and password' },
  { of: (status) => status === 511, kind: 'login-page', meaning: 'the network wants a login first' },
  { of: (status) => status === 401 || status === 403, kind: 'forbidden', meaning: 'it does not let this machine have it' },
  { of: (status) => status === 404 || status === 410, kind: 'missing', meaning: 'it is not there' },
  { of: (status) => status === 408 || status === 425, kind: 'busy', meaning: 'the server gave up waiting' },
  { of: (status) => status === 503, kind: 'busy', meaning: 'the server is not available for the moment' },
  {
    of: (status) => status === 502 || status === 504,
    kind: 'busy',
    meaning: 'a gateway before the server got no answer from it',
  },
  { of: (status) => status >= 500, kind: 'busy', meaning: 'the server has a fault of its own' },
];

/** GitHub says 403 when an address has asked too often. Source: docs of its REST API, "Exceeding the rate limit". */
function isRateLimit({ status, headers, body = '' }: ServerAnswer): boolean {
  return status === 403 && (headers['x-ratelimit-remaining'] === '0' || /\brate limit/i.test(body));
}

/** Retry-After has seconds or a date, GitHub's x-ratelimit-reset seconds since 1970. Source: RFC 9110 10.2.3. */
function waitOf({ headers }: ServerAnswer, now: number): number | undefined {
  const text = headers['retry-after'];
  const reset = headers['x-ratelimit-reset'];
  const until = text === undefined ? Number(reset ?? Number.NaN) * 1000 : Date.parse(text);
  const milliseconds = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) * 1000 : until - now;
  // A moment that is none, or beyond what a date can be, says nothing.
  return Number.isNaN(new Date(now + milliseconds).getTime()) ? undefined : Math.max(0, milliseconds);
}
