import { topicPaths, topicRoot } from '../../cloud/wire.ts';
import type { OnCloudEvent } from './cloud-event.ts';
import { type LegacyMessage, parseLegacyMessage, versionAnswer } from './legacy-messages.ts';
import type { MqttSession } from './mqtt-session.ts';
import type { Nodes } from './nodes.ts';
import { reportedText, reportedVersion } from './reported-text.ts';

interface LegacyParts {
  nodes: Nodes;
  onEvent: OnCloudEvent;
}

/** What an agent says on `meta`, in JSON: of itself, and that it comes and goes. Throws for what is no such message. */
export function receiveLegacy(session: MqttSession, payload: Buffer, parts: LegacyParts): void {
  const message = parseLegacyMessage(payload);
  if (message === undefined) throw new Error('The message is not one of the legacy link.');
  if (message.type === 'hello') session.publish(topicRoot(session.claimId) + topicPaths['inbox-cmd'], versionAnswer());
  if (message.type === 'connect') connected(session, message, parts);
  if (message.type !== 'disconnect' || message.isUnexpected) return;
  session.sayGoodbye();
  setReachable(session, false, parts);
}

/** It says who it is before all else, so that it can be reached then. */
function connected(session: MqttSession, { information }: LegacyMessage & { type: 'connect' }, parts: LegacyParts): void {
  const texts = Object.entries(informationNames).flatMap(([key, name]) => {
    const text = reportedText(information[key]);
    return text === undefined ? [] : [[name, text] as const];
  });
  const facts = Object.fromEntries(texts);
  const agentVersion = reportedVersion(facts.version);
  const known = { information: facts, ...(agentVersion === undefined ? {} : { agentVersion }) };
  if (texts.length > 0) parts.nodes.report(session.claimId, known);
  setReachable(session, true, parts);
}

function setReachable({ claimId: id }: MqttSession, reachable: boolean, { nodes, onEvent }: LegacyParts): void {
  const link = nodes.link(id);
  if (link.state !== 'online' || link.reachable === reachable) return;
  nodes.setLink(id, { ...link, reachable });
  onEvent({ kind: 'reachable', id, reachable });
}

/** Keys of /api/v1/info → the names that the newer link has for the same. Source: spec/claiming-and-link.md 5.1, 7.9. */
const informationNames: Readonly<Record<string, string>> = {
  os_name: 'osName',
  os_version: 'osVersion',
  kernel_name: 'kernelName',
  kernel_version: 'kernelVersion',
  architecture: 'architecture',
  version: 'version',
};
