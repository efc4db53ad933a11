import { commandFields, commandTopic } from '../../../cloud/wire.ts';
import type { AgentLinks } from '../agent-link.ts';
import { type Answer, refusal } from '../answer.ts';
import type { MqttSession } from '../mqtt-session.ts';
import { encodeMessage } from '../protobuf.ts';
import { type AdminParts, type Body, wrongField } from './admin-route.ts';

export function whileOnline(
  links: AgentLinks,
  id: string,
  run: (session: MqttSession) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const session = links.session(id);
  return session === undefined ? refusal(409, 'ErrNotOnline', 'the node is not online') : run(session);
}

/** `abrupt` breaks the connection; otherwise the agent is asked to leave, and to come back after `reconnectAfterSeconds`. */
export function disconnect(session: MqttSession, { abrupt, reconnectAfterSeconds = 0, permanentBan = false }: Body): Answer {
  if (abrupt === true) {
    session.close();
    return { status: 204 };
  }
  const isDelay =
    typeof reconnectAfterSeconds === 'number' && Number.isInteger(reconnectAfterSeconds) && reconnectAfterSeconds >= 0;
  if (!isDelay) return wrongField('reconnectAfterSeconds', 'must be a whole number, 0 or more');
  if (typeof permanentBan !== 'boolean') return wrongField('permanentBan', 'must be true or false');
  const numbers = commandFields.DisconnectReq;
  const message = encodeMessage([
    [numbers.reconnectAfterSeconds, reconnectAfterSeconds],
    [numbers.permanentBan, permanentBan],
    [numbers.errorDescription, 'asked for by the operator of the stand-in'],
  ]);
  return session.publish(commandTopic(session.claimId, 'DisconnectReq'), message) ? { status: 204 } : notListening;
}

/** Asks the agent through its link, and remembers the answer as the latest. */
export async function query(
  session: MqttSession,
  { path, timeoutSeconds = 10 }: Body,
  { queries, nodes, onEvent }: AdminParts,
): Promise<Answer> {
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]{0,2000}$/.test(path))
    return wrongField('path', 'must begin with / and have no blanks');
  if (typeof timeoutSeconds !== 'number' || !(timeoutSeconds > 0 && timeoutSeconds <= 120))
    return wrongField('timeoutSeconds', 'must be a number above 0, 120 at most');
  const [at, started, id] = [new Date().toISOString(), performance.now(), session.claimId];
  const answer = await queries.ask(session, path, timeoutSeconds);
  if (answer === 'not-listening') return notListening;
  const milliseconds = Math.round(performance.now() - started);
  const text = answer?.body.slice(0, KEPT_CHARACTERS);
  nodes.setLatestQuery(id, {
    ...{ at, path, milliseconds },
    ...(answer === undefined ? {} : { status: answer.status, headers: answer.headers, body: text ?? '' }),
    ...(answer !== undefined && answer.body !== text ? { isCut: true } : {}),
  });
  onEvent({ kind: 'query', ...{ id, path, milliseconds }, ...(answer === undefined ? {} : { status: answer.status }) });
  return answer === undefined
    ? refusal(504, 'ErrGatewayTimeout', 'the agent did not answer the query')
    : { status: 200, body: answer };
}

const notListening = refusal(409, 'ErrNotOnline', 'the node has not subscribed to its commands, or acknowledges none of them');
const KEPT_CHARACTERS = 64 * 1024;
