import { commandFields, commandTopic } from '../../cloud/wire.ts';
import type { AgentLinks } from './agent-link.ts';
import { type Answer, parseObject, refusal } from './answer.ts';
import type { OnCloudEvent } from './cloud-event.ts';
import { type Misbehaviours, parseMisbehaviour } from './misbehaviour.ts';
import type { MqttSession } from './mqtt-session.ts';
import type { Nodes } from './nodes.ts';
import type { OneTimeValues } from './one-time-values.ts';
import { encodeMessage } from './protobuf.ts';
import type { Queries } from './queries.ts';
import { isSameSecret } from './secrets.ts';
import type { Space } from './space.ts';

export interface AdminParts {
  adminToken: string;
  space: Space;
  nodes: Nodes;
  links: AgentLinks;
  queries: Queries;
  misbehaviours: Misbehaviours;
  secrets: OneTimeValues;
  passwords: OneTimeValues;
  onEvent: OnCloudEvent;
}

export interface AdminRequest {
  method: string;
  path: string;
  authorization: string | undefined;
  body: Buffer;
}

/** Everything below /standin/v1: what a person or a test does with the stand-in, and no agent ever sees. */
export async function answerAdmin(request: AdminRequest, parts: AdminParts): Promise<Answer> {
  const token = /^Bearer (.+)$/.exec(request.authorization ?? '')?.[1];
  if (token === undefined || !isSameSecret(token, parts.adminToken))
    return refusal(401, 'ErrUnauthorized', 'the admin token is missing or wrong');
  const body = request.body.length === 0 ? {} : parseObject(request.body);
  if (body === undefined) return refusal(400, 'ErrBadRequest', 'the body is not a JSON object');

  const [, path = '', id = '', action = ''] = /^\/standin\/v1\/([a-z]+)(?:\/([^/]+))?(?:\/([a-z]+))?$/.exec(request.path) ?? [];
  const run = actions[`${request.method} ${[path, id && '{id}', action].filter(Boolean).join('/')}`];
  if (run === undefined) return refusal(404, 'ErrNotFound', 'the admin API has no such request');
  if (id !== '' && parts.nodes.find(id) === undefined)
    return refusal(404, 'ErrNodeNotFound', 'no node with this id is claimed here');
  return run(parts, body, id);
}

type Body = Readonly<Record<string, unknown>>;

const actions: Readonly<Record<string, (parts: AdminParts, body: Body, id: string) => Answer | Promise<Answer>>> = {
  'GET nodes': ({ nodes }) => ({ status: 200, body: { nodes: nodes.views() } }),
  'GET nodes/{id}': ({ nodes }, _body, id) => ({ status: 200, body: nodes.views().find((node) => node.id === id) ?? {} }),
  'GET space': ({ space }) => ({ status: 200, body: space }),
  'DELETE nodes/{id}': removeNode,
  'POST nodes/{id}/disconnect': ({ links }, body, id) => whileOnline(links, id, (session) => disconnect(session, body)),
  'POST nodes/{id}/query': ({ links, queries }, body, id) => whileOnline(links, id, (session) => query(session, body, queries)),
  'PUT misbehaviour'({ misbehaviours }, body) {
    const misbehaviour = parseMisbehaviour(body);
    if (misbehaviour === undefined) return refusal(422, 'ErrBadRequest', 'the body is no misbehaviour');
    misbehaviours.set(misbehaviour);
    return { status: 204 };
  },
  'DELETE misbehaviour'({ misbehaviours }) {
    misbehaviours.clear();
    return { status: 204 };
  },
};

async function removeNode({ nodes, links, secrets, passwords, onEvent }: AdminParts, _body: Body, id: string): Promise<Answer> {
  await nodes.change(id, () => undefined);
  secrets.forget(id);
  passwords.forget(id);
  links.session(id)?.close();
  onEvent({ kind: 'removed', id });
  return { status: 204 };
}

function whileOnline(
  links: AgentLinks,
  id: string,
  run: (session: MqttSession) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const session = links.session(id);
  return session === undefined ? refusal(409, 'ErrNotOnline', 'the node is not online') : run(session);
}

/** `abrupt` breaks the connection; otherwise the agent is asked to leave, and to come back after `reconnectAfterSeconds`. */
function disconnect(session: MqttSession, { abrupt, reconnectAfterSeconds = 0, permanentBan = false }: Body): Answer {
  if (abrupt === true) {
    session.close();
    return { status: 204 };
  }
  const isDelay =
    typeof reconnectAfterSeconds === 'number' && Number.isInteger(reconnectAfterSeconds) && reconnectAfterSeconds >= 0;
  if (!isDelay || typeof permanentBan !== 'boolean')
    return refusal(422, 'ErrBadRequest', 'reconnectAfterSeconds or permanentBan is wrong');
  const numbers = commandFields.DisconnectReq;
  const message = encodeMessage([
    [numbers.reconnectAfterSeconds, reconnectAfterSeconds],
    [numbers.permanentBan, permanentBan],
    [numbers.errorDescription, 'asked for by the operator of the stand-in'],
  ]);
  return session.publish(commandTopic(session.claimId, 'DisconnectReq'), message) ? { status: 204 } : notListening;
}

async function query(session: MqttSession, { path, timeoutSeconds = 10 }: Body, queries: Queries): Promise<Answer> {
  const isDelay = typeof timeoutSeconds === 'number' && timeoutSeconds > 0 && timeoutSeconds <= 120;
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]{0,2000}$/.test(path) || !isDelay)
    return refusal(422, 'ErrBadRequest', 'path or timeoutSeconds is wrong');
  const answer = await queries.ask(session, path, timeoutSeconds);
  return answer === undefined
    ? refusal(504, 'ErrGatewayTimeout', 'the agent did not answer the query')
    : { status: 200, body: answer };
}

const notListening = refusal(409, 'ErrNotOnline', 'the node has not subscribed to its commands');
