import { claimRefusalStatuses } from '../../cloud/wire.ts';
import type { Endpoint, Misbehaviour } from './misbehaviour.ts';
import { normalId } from './uuid.ts';

type Way = Exclude<keyof Misbehaviour, 'endpoint' | When>;
type When = 'node' | 'request' | 'times' | 'forSeconds';

/** Strictly: a misbehaviour, or what is wrong, as words that begin with the field. */
export function parseMisbehaviour(value: Readonly<Record<string, unknown>>): Misbehaviour | string {
  const { endpoint } = value;
  if (typeof endpoint !== 'string' || !isEndpoint(endpoint)) return `endpoint must be one of ${list(Object.keys(endpoints))}`;
  const { ways, tellsNode } = endpoints[endpoint];
  const allowed = ['endpoint', 'request', 'times', 'forSeconds', ...(tellsNode ? ['node'] : []), ...ways];
  for (const [name, given] of Object.entries(value)) {
    if (!allowed.includes(name)) return `${name} cannot be said of ${endpoint}, only ${list(allowed.slice(1))}`;
    if (name === 'endpoint') continue;
    // A cast, because the name is one of those allowed.
    const { isGood, mustBe } = fields[name as Way | When];
    if (!isGood(given)) return `${name} must be ${mustBe}`;
  }
  if (value.hang === 'after-headers' && !ways.includes('body')) return `hang must be true for ${endpoint}`;
  if (!ways.some((way) => value[way] !== undefined)) return `${endpoint} is told no way to misbehave: ${list(ways)}`;
  // A cast, because every field was checked.
  const checked = value as unknown as Misbehaviour;
  return checked.node === undefined ? checked : { ...checked, node: normalId(checked.node) };
}

function isEndpoint(text: string): text is Endpoint {
  return Object.hasOwn(endpoints, text);
}

function list(words: readonly string[]): string {
  return words.join(', ');
}

/** All that can misbehave, how, and whether the request says whose it is. */
const endpoints: Readonly<Record<Endpoint, { ways: readonly Way[]; tellsNode: boolean }>> = (() => {
  const pauses: readonly Way[] = ['delaySeconds', 'hang', 'reset'];
  const http: readonly Way[] = [...pauses, 'status', 'body', 'refuse', 'ban', 'retryAfterSeconds'];
  return {
    claim: { ways: http, tellsNode: true },
    env: { ways: http, tellsNode: true },
    challenge: { ways: http, tellsNode: true },
    password: { ways: http, tellsNode: true },
    mqtt: { ways: http, tellsNode: false },
    connect: { ways: [...pauses, 'reasonCode'], tellsNode: true },
    subscribe: { ways: pauses, tellsNode: true },
    publish: { ways: pauses, tellsNode: true },
    ping: { ways: pauses, tellsNode: true },
    tls: { ways: ['certificate', 'reset'], tellsNode: false },
  };
})();

const fields: Readonly<Record<Way | When, { isGood(value: unknown): boolean; mustBe: string }>> = {
  node: { isGood: (value) => typeof value === 'string' && value !== '' && value.length <= 64, mustBe: 'a claim id' },
  request: whole(1, 1_000_000),
  times: whole(1, 1_000_000),
  forSeconds: seconds(86_400),
  delaySeconds: seconds(3600),
  hang: { isGood: (value) => value === true || value === 'after-headers', mustBe: 'true or "after-headers"' },
  reset: truth(),
  status: whole(200, 599),
  body: {
    isGood: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null && isShallow(value)),
    mustBe: 'a text or an object, nested 100 deep at most',
  },
  refuse: oneOf([...Object.keys(claimRefusalStatuses), 'token-expired', 'token-used-up']),
  ban: truth(),
  retryAfterSeconds: whole(1, 86_400),
  reasonCode: whole(1, 255),
  certificate: oneOf(['expired', 'other-name', 'self-signed', 'unknown-ca']),
};

/** JSON.parse reads what is nested deeper than JSON.stringify can write. */
function isShallow(value: unknown, levels = 100): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (levels > 0 && Object.values(value).every((part) => isShallow(part, levels - 1)))
  );
}

function whole(least: number, most: number) {
  const isGood = (value: unknown) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
  return { isGood, mustBe: `a whole number from ${least} to ${most}` };
}

function seconds(most: number) {
  return { isGood: (value: unknown) => typeof value === 'number' && value >= 0 && value <= most, mustBe: `0 to ${most}` };
}

function truth() {
  return { isGood: (value: unknown) => value === true, mustBe: 'true, or left out' };
}

function oneOf(words: readonly string[]) {
  return { isGood: (value: unknown) => typeof value === 'string' && words.includes(value), mustBe: `one of ${list(words)}` };
}
