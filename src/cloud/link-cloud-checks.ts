import { constants, privateDecrypt } from 'node:crypto';
import type { HttpAnswer, ReadableSystem } from '../system/system.ts';
import { publicKeyOf } from './key-pair.ts';
import type { LinkCheck, LinkSubject } from './link-checks.ts';
import { readEnv } from './link-env.ts';
import { ask, linkOrigin, type Purpose } from './link-request.ts';
import { isBefore, linkCannot } from './proxy.ts';
import { printable, redirectTarget } from './shown-text.ts';
import { authPath, envPath, mqttPath } from './wire.ts';

/** Goes the way of the link, as the agent goes it: /env, challenge, WebSocket. Each request may fail at any layer below it. */
export async function* cloudChecks(subject: LinkSubject & { url: string }, system: ReadableSystem): AsyncGenerator<LinkCheck> {
  const { url, version, proxy, traits, claimId } = subject;
  const base = linkOrigin(url);
  if (base === undefined) {
    return yield {
      layer: 'url',
      result: 'fail',
      code: 'LINK_URL_INVALID',
      seen: `The URL of the Cloud in the agent's settings, ${printable(url, 200)}, is none that its link can use.`,
      fix: 'Claim the agent again with the right --claim-url.',
    };
  }
  const cannot = proxy.kind === 'proxy' && version !== undefined ? linkCannot(proxy.proxy, version) : undefined;
  if (cannot !== undefined) {
    // Some links before 1.33 can use SOCKS, and no one tells from outside: what is true of all of them is told first.
    const isDoubtful = proxy.kind === 'proxy' && proxy.proxy.scheme !== 'http' && isBefore(version ?? '', '1.33.0');
    const down = isDoubtful ? await proxyTrouble(`${base}${envPath}`, subject, system) : undefined;
    return yield down ?? unfit(cannot);
  }
  if (proxy.kind === 'not-understood') {
    yield {
      layer: 'proxy-setting',
      result: 'warn',
      seen: `What is in ${proxy.from} is no proxy that an agent understands: its link goes directly.`,
      fix: 'Write http://HOST:PORT, socks5h://HOST:PORT or none.',
    };
  }

  let places = { authEndpoint: `${base}${authPath}`, broker: base };
  let isFirst = true;
  if (traits.asksEnv) {
    const answer = yield* put(`${base}${envPath}?v=${version ?? ''}&cap=proto,ctx&claim_id=${claimId ?? ''}`, 'env');
    if (answer === undefined) return;
    const env = readEnv(answer, traits);
    if ('problem' in env) return yield envFailed(env.problem, answer);
    yield { layer: 'env', result: 'pass', seen: `The Cloud answers at ${base}${envPath}, with what the agent can use.` };
    places = env;
  }
  // Who may not see the claim goes on without it.
  if (claimId !== undefined) {
    const answer = yield* put(`${places.authEndpoint}/node/${claimId}/challenge`, 'challenge');
    if (answer === undefined) return;
    yield* challengeChecks(answer, subject, system);
  }
  const answer = yield* put(`${places.broker}${mqttPath}`, 'websocket');
  if (answer !== undefined) yield websocketCheck(answer);

  async function* put(url: string, purpose: Purpose): AsyncGenerator<LinkCheck, HttpAnswer | undefined> {
    const asked = await ask(url, purpose, subject, system);
    // The layers below are told once.
    yield* isFirst ? asked.checks : asked.checks.filter(({ result }) => result === 'fail');
    isFirst = false;
    const { proxyHttpVersion: httpVersion } = asked.answer ?? {};
    if (httpVersion === undefined || proxy.kind !== 'proxy' || version === undefined) return asked.answer;
    const cannotRead = linkCannot({ ...proxy.proxy, httpVersion }, version);
    if (cannotRead === undefined) return asked.answer;
    yield unfit(cannotRead);
    return undefined;
  }
}

async function proxyTrouble(url: string, subject: LinkSubject, system: ReadableSystem): Promise<LinkCheck | undefined> {
  const { checks } = await ask(url, 'env', subject, system);
  return checks.find(({ layer, result }) => layer === 'proxy' && result === 'fail');
}

function unfit(sentence: string): LinkCheck {
  const [seen = sentence, ...advice] = sentence.split(/(?<=\.) /);
  return {
    layer: 'proxy-setting',
    result: 'fail',
    code: 'LINK_PROXY_UNFIT',
    seen,
    fix: `${advice.join(' ')} It is set as [cloud] proxy in netdata.conf, and read when the agent starts.`.trim(),
  };
}

function envFailed(problem: string, answer: HttpAnswer): LinkCheck {
  return {
    layer: 'env',
    result: 'fail',
    code: 'LINK_ENV_UNUSABLE',
    seen: `The Cloud's answer at ${envPath} cannot be used: ${problem}.${leadsTo(answer)}`,
    fix:
      answer.status >= 500
        ? 'The Cloud has a fault of its own: the agent goes on trying by itself.'
        : 'Look whether the URL that the agent was claimed to is that of a Netdata Cloud for agents of this version.',
  };
}

function leadsTo({ headers }: HttpAnswer): string {
  const target = redirectTarget(headers.location);
  return target === undefined ? '' : ` It leads to ${target}, and agents follow no redirects.`;
}

async function* challengeChecks(answer: HttpAnswer, subject: LinkSubject, system: ReadableSystem): AsyncGenerator<LinkCheck> {
  const said = jsonOf(answer.body);
  const challenge = answer.status === 200 && typeof said.challenge === 'string' ? said.challenge : undefined;
  if (challenge === undefined) return yield challengeRefused(answer, said, subject);
  yield { layer: 'challenge', result: 'pass', seen: `The Cloud knows the claim ${subject.claimId}.` };
  const key = await system
    .readFile(`${subject.claimDirectory}/private.pem`, { links: 'refused', maximumBytes: 65_536 })
    .catch(() => undefined);
  // Who may not see the key cannot say anything of it.
  if (key === undefined) return;
  if (publicKeyOf(key) === undefined) {
    return yield {
      layer: 'key',
      result: 'fail',
      code: 'LINK_KEY_WRONG',
      seen: `The key in ${subject.claimDirectory}/private.pem is damaged: it is no RSA private key.`,
      fix: 'Claim the node again: kickstart claim sets the damaged key aside, and makes a new one.',
    };
  }
  yield opens(key, challenge)
    ? { layer: 'key', result: 'pass', seen: 'The key of this node is the one that was claimed.' }
    : {
        layer: 'key',
        result: 'fail',
        code: 'LINK_KEY_WRONG',
        seen: `The key in ${subject.claimDirectory}/private.pem is not the one that was claimed: it does not open what the Cloud sends for it.`,
        fix: 'Bring back the key that belongs to this claim, or claim the node again with --new-id; then start the agent again.',
      };
}

function challengeRefused({ status }: HttpAnswer, said: Readonly<Record<string, unknown>>, { claimId }: LinkSubject): LinkCheck {
  const key = typeof said.errorMsgKey === 'string' ? ` (${printable(said.errorMsgKey)})` : '';
  const forGood =
    said.errorNonRetryable === true
      ? ' It says that this is for good: the agent counts as banned until it is started again.'
      : '';
  const isUnknown = status === 404 || status === 403;
  return {
    layer: 'challenge',
    result: 'fail',
    code: 'LINK_CHALLENGE_REFUSED',
    seen: `${isUnknown ? 'The Cloud does not know the claim' : 'The Cloud gives no challenge for the claim'} ${claimId}: status ${status}${key}.${forGood}`,
    fix: isUnknown
      ? 'It was claimed to another Cloud, or the node was removed there: claim it again; if the Cloud then says that it is claimed already, with --new-id.'
      : 'The Cloud has a fault of its own: the agent goes on trying by itself.',
  };
}

/** RSA-OAEP with SHA-1. Source: spec/claiming-and-link.md 7.5. */
function opens(key: string, challenge: string): boolean {
  try {
    privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, Buffer.from(challenge, 'base64'));
    return true;
  } catch {
    return false;
  }
}

function websocketCheck({ status, headers, url }: HttpAnswer): LinkCheck {
  if (status === 101 && headers['sec-websocket-accept']) {
    return { layer: 'websocket', result: 'pass', seen: `WebSockets come through to ${url}.` };
  }
  return {
    layer: 'websocket',
    result: 'fail',
    code: 'LINK_WEBSOCKET_REFUSED',
    seen: `There is no WebSocket at ${url}: the answer has status ${status}${status === 101 ? ', and no Sec-WebSocket-Accept' : ''}.`,
    fix: 'Something before the Cloud does not let WebSockets through, or its broker is down: let it pass /mqtt on, with Upgrade and Connection.',
  };
}

function jsonOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}
