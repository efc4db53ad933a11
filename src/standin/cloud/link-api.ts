import { constants, publicEncrypt, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import {
  authPath,
  type ChallengeAnswer,
  claimIdTag,
  type EnvAnswer,
  mqttPath,
  type PasswordAnswer,
  type PasswordRequest,
  topicPaths,
  topicRoot,
} from '../../cloud/wire.ts';
import { type Answer, parseObject, refusal } from './answer.ts';
import type { Challenges } from './challenges.ts';
import type { LinkQuestion, OnCloudEvent } from './cloud-event.ts';
import type { Nodes } from './nodes.ts';
import type { OneTimeValues } from './one-time-values.ts';
import { reportedVersion } from './reported-text.ts';
import { normalId } from './uuid.ts';

/** Where this server is reached when the request does not say: `port` is the one it listens on. */
export interface OwnAddress {
  host: string;
  port: number;
}

interface EnvQuestion {
  /** Without the question mark. */
  query: string;
  hostHeader: string | undefined;
  own: OwnAddress;
  from: Asker;
}

interface PasswordQuestion {
  /** The claim id as the path has it, which is how the agent writes it everywhere. */
  id: string;
  body: Buffer;
  isLegacy: boolean;
}

/** Who asks what anybody can ask who knows a claim id. */
export interface Asker {
  address: string;
  /** kickstart looks whether the link of an agent would work. */
  isCheck: boolean;
}

export function askerOf({ headers, socket }: IncomingMessage): Asker {
  return { address: socket.remoteAddress ?? 'unknown', isCheck: /^kickstart\b/i.test(headers['user-agent'] ?? '') };
}

/** The legacy client says what it sends and not who it is; the next one, the other way round. Source: 7.3, 7.11. */
export function isLegacyClient(headers: IncomingHttpHeaders): boolean {
  return headers['user-agent'] === undefined && headers['content-type'] === 'application/json';
}

/** What answering these requests needs to know. */
export interface LinkParts {
  nodes: Nodes;
  challenges: Challenges;
  passwords: OneTimeValues;
  onEvent: OnCloudEvent;
}

/** GET /api/v1/env. Whoever knows a claim id can ask this. Source: spec/claiming-and-link.md 7.4. */
export function answerEnv({ query, hostHeader, own, from }: EnvQuestion, { nodes, onEvent }: LinkParts): Answer {
  const parameters = envQuery(query);
  const id = normalId(parameters.get('claim_id') ?? '');
  if (nodes.find(id) !== undefined) onEvent(questionEvent('env-asked', id, from));

  const authority = reachedAt(hostHeader, own);
  const endpoint = `wss://${authority}${mqttPath}`;
  const body: EnvAnswer = {
    authEndpoint: `https://${authority}${authPath}`,
    ...(isJsonOnly(parameters) ? JSON_ENCODING : PROTOBUF_ENCODING),
    // MQTTv5 stays first: 2.2.1 to 2.5 take the first, whatever it is.
    transports: [
      { type: 'MQTTv5', endpoint },
      { type: 'MQTTv3', endpoint },
    ],
    backoff: { base: 2, maxSeconds: 500, minSeconds: 0 },
  };
  return { status: 200, body };
}

/** Of a request for /env: 1.31 writes `cap=json$claim_id=ID`. */
export function envQuery(query: string): URLSearchParams {
  return new URLSearchParams(query.replace('$', '&'));
}

// An agent of 1.31 to 1.35 that was built without protobuf.
function isJsonOnly(parameters: URLSearchParams): boolean {
  const capabilities = parameters.get('cap')?.split(',') ?? [];
  return capabilities.includes('json') && !capabilities.includes('proto');
}

/** GET …/challenge: a fresh secret under the node's key. Source: 7.5. */
export function answerChallenge(id: string, from: Asker, { nodes, challenges, onEvent }: LinkParts): Answer {
  const [claimId, node] = [normalId(id), nodes.find(normalId(id))];
  if (node === undefined) return unknownNode;
  const encrypted = publicEncrypt(
    { key: node.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    challenges.secretFor({ id: claimId, publicKey: node.publicKey }),
  );
  onEvent(questionEvent('challenged', claimId, from));
  const body: ChallengeAnswer = { challenge: encrypted.toString('base64') };
  return { status: 200, body };
}

/**
 * POST …/password: MQTT credentials for one connection, for whoever could read the secret. Source: 7.5.
 * The legacy link knows its topics and its names, and reads the password only (7.11).
 */
export function answerPassword(
  { id, body: request, isLegacy }: PasswordQuestion,
  { nodes, challenges, passwords, onEvent }: LinkParts,
): Answer {
  const [claimId, node] = [normalId(id), nodes.find(normalId(id))];
  if (node === undefined) return unknownNode;
  const { response, agent_version }: Partial<Record<keyof PasswordRequest, unknown>> = parseObject(request) ?? {};
  if (typeof response !== 'string') return refusal(400, 'ErrBadRequest', 'the body is not JSON with a response');
  if (!challenges.accepts({ id: claimId, publicKey: node.publicKey }, Buffer.from(response, 'base64'))) {
    return refusal(403, 'ErrForbidden', 'the response is no answer to a challenge that is open');
  }
  const password = randomBytes(16).toString('hex');
  passwords.add(claimId, Buffer.from(password));
  const agentVersion = reportedVersion(agent_version);
  if (agentVersion !== undefined) nodes.report(claimId, { agentVersion });
  onEvent({ kind: 'password-given', id: claimId });
  const topics = Object.entries(topicPaths).map(([name, path]) => ({ name, topic: topicRoot(claimIdTag) + path }));
  if (isLegacy) return { status: 201, body: { password } };
  const body: PasswordAnswer = { clientID: id, username: id, password, topics };
  return { status: 201, body };
}

/** Host and port for the agent's next requests. Agents send Host without the port, curl with it. */
function reachedAt(hostHeader: string | undefined, own: OwnAddress): string {
  const [, host = '', port] =
    /^(.*?)(?::(\d{1,5}))?$/.exec(isIPv6(hostHeader ?? '') ? `[${hostHeader}]` : (hostHeader ?? '')) ?? [];
  if (isHost(host)) return `${host}:${port ?? own.port}`;
  return `${isIPv6(own.host) ? `[${own.host}]` : own.host}:${own.port}`;
}

function isHost(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(text) || (/^\[.*\]$/.test(text) && isIPv6(text.slice(1, -1)));
}

function questionEvent(kind: LinkQuestion, id: string, { address, isCheck }: Asker) {
  return isCheck ? ({ kind: 'link-checked', what: kind, id, address } as const) : { kind, id, address };
}

const PROTOBUF_ENCODING = { encoding: 'proto', capabilities: ['proto', 'ctx'] } as const;
const JSON_ENCODING = { encoding: 'json', capabilities: ['json'] } as const;
const unknownNode: Answer = refusal(404, 'ErrNodeNotFound', 'no node with this id is claimed here');
