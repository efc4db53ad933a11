import { randomUUID } from 'node:crypto';
import {
  commandFields,
  commandTopic,
  nodeInfoTextFields,
  reportFields,
  type TopicName,
  topicPaths,
  topicRoot,
} from '../../cloud/wire.ts';
import { capabilitiesIn } from './capabilities.ts';
import type { OnCloudEvent } from './cloud-event.ts';
import { receiveLegacy } from './legacy-link.ts';
import type { MqttSession, SessionOwner } from './mqtt-session.ts';
import type { Nodes } from './nodes.ts';
import type { OneTimeValues } from './one-time-values.ts';
import { decodeMessage, encodeMessage, type Fields, flagField, messageField, textField } from './protobuf.ts';
import type { Queries } from './queries.ts';
import { reportedText, reportedVersion } from './reported-text.ts';
import { isSameSecret } from './secrets.ts';
import { normalId, normalUuid } from './uuid.ts';

interface LinkParts {
  nodes: Nodes;
  passwords: OneTimeValues;
  queries: Queries;
  onEvent: OnCloudEvent;
}

/** The links of all agents: who is online, and what the two sides tell each other. */
export interface AgentLinks {
  /** The application for a connection from this address. */
  owner(address: string): SessionOwner;
  /** The node's session while it is online. */
  session(id: string): MqttSession | undefined;
}

export function createAgentLinks({ nodes, passwords, queries, onEvent }: LinkParts): AgentLinks {
  const sessions = new Map<string, MqttSession>();
  // Those that have sent data.
  const heard = new WeakSet<MqttSession>();

  function authenticate(clientId: string, username: string, password: Buffer): string | undefined {
    const id = normalId(clientId);
    if (clientId !== username || nodes.find(id) === undefined) return undefined;
    return passwords.take(id, (expected) => isSameSecret(expected.toString('latin1'), password.toString('latin1')))
      ? id
      : undefined;
  }

  function opened(session: MqttSession, address: string): void {
    const id = session.claimId;
    const since = new Date().toISOString();
    const before = sessions.get(id);
    sessions.set(id, session);
    // One connection for a client id (MQTT 5.0, 3.1.4-3). The new one is in place first, so that the node is never offline in between.
    if (before !== undefined) {
      onEvent({ kind: 'takeover', id, address });
      before.close('taken-over');
    }
    queries.abandon(id);
    nodes.setLink(id, { state: 'online', since, transport: 'wss', mqttLevel: session.level, address, reachable: false });
    onEvent({ kind: 'online', id, mqttLevel: session.level, address });
  }

  function received(session: MqttSession, topic: string, payload: Buffer): void {
    if (queries.settle(topic, payload)) return;
    const path = topic.slice(topicRoot(session.claimId).length);
    const name = topicNames.get(path);
    if (!heard.has(session) && !ABOUT_THE_LINK.has(name)) {
      heard.add(session);
      onEvent({ kind: 'first-data', id: session.claimId, topic: path });
    }
    const report = reports[name ?? ''];
    if (report === undefined && name !== 'meta') return;
    try {
      if (report === undefined) {
        receiveLegacy(session, payload, { nodes, onEvent });
        return;
      }
      if (payload.length > MAXIMUM_REPORT_BYTES) throw new Error('The message is longer than 256 KiB.');
      const fields = decodeMessage(payload);
      if (normalUuid(textField(fields, CLAIM_ID)) !== session.claimId) throw new Error('The message names another claim id.');
      report(session, fields);
    } catch (error) {
      onEvent({
        kind: 'message-ignored',
        id: session.claimId,
        topic,
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }

  const reports: Readonly<Record<string, (session: MqttSession, fields: Fields) => void>> = {
    'agent-connection'(session, fields) {
      const id = session.claimId;
      const link = nodes.link(id);
      const reachable = flagField(fields, reportFields['agent-connection'].reachable);
      const capabilities = capabilitiesIn(fields, reportFields['agent-connection'].capabilities);
      if (link.state !== 'online') return;
      nodes.setLink(id, { ...link, reachable });
      if (capabilities !== undefined) nodes.report(id, { capabilities });
      onEvent({ kind: 'reachable', id, reachable });
      if (reachable)
        session.publish(
          commandTopic(id, 'SendNodeInstances'),
          encodeMessage([[commandFields.SendNodeInstances.claimId, session.writtenId]]),
        );
    },

    'create-node-instance'(session, fields) {
      const id = session.claimId;
      const machineGuid = textField(fields, reportFields['create-node-instance'].machineGuid);
      const node = nodes.find(id);
      if (node === undefined || machineGuid === undefined) return;
      // A parent asks for its children too; this Cloud shows machines that are claimed, and gives ids to no other.
      if (node.machineGuid !== undefined && node.machineGuid !== normalId(machineGuid))
        throw new Error('The machine GUID is not that of the claim.');
      const nodeId = node.nodeId ?? randomUUID();
      const fieldNumbers = commandFields.CreateNodeInstanceResult;
      const answer = encodeMessage([
        [fieldNumbers.nodeId, nodeId],
        [fieldNumbers.machineGuid, machineGuid],
      ]);
      void keepNodeId(id, nodeId).then((isKept) => {
        if (!isKept) return;
        session.publish(commandTopic(id, 'CreateNodeInstanceResult'), answer);
        onEvent({ kind: 'node-instance', id, nodeId });
      });
    },

    'node-instance-connection'(session, fields) {
      const numbers = reportFields['node-instance-connection'];
      const given = textField(fields, numbers.nodeId);
      const nodeId = normalUuid(given);
      // A parent tells of its children with its own claim id, if they have a node id from another Cloud.
      if (flagField(fields, numbers.hops)) throw new Error(ABOUT_A_CHILD);
      if (given !== undefined && nodeId === undefined) throw new Error('The node id is not a UUID.');
      const nodeCapabilities = capabilitiesIn(fields, numbers.capabilities);
      nodes.report(session.claimId, {
        liveness: flagField(fields, numbers.liveness),
        queryable: flagField(fields, numbers.queryable),
        ...(nodeCapabilities === undefined ? {} : { nodeCapabilities }),
      });
      // An agent keeps its node id when it is claimed anew under another claim id (transcript 3).
      if (nodeId !== undefined) void keepNodeId(session.claimId, nodeId);
    },

    'node-instance-info'(session, fields) {
      const numbers = reportFields['node-instance-info'];
      if (flagField(fields, numbers.child)) throw new Error(ABOUT_A_CHILD);
      const data = messageField(fields, numbers.data);
      if (data === undefined) return;
      const information = readTexts(data);
      const agentVersion = reportedVersion(information.version);
      nodes.report(session.claimId, { information, ...(agentVersion === undefined ? {} : { agentVersion }) });
    },
  };

  /** False when the node has another already, or this one could not be kept, which is told as a fault. */
  async function keepNodeId(id: string, nodeId: string): Promise<boolean> {
    try {
      return await nodes.setNodeId(id, nodeId);
    } catch (error) {
      onEvent({ kind: 'fault', error });
      return false;
    }
  }

  return {
    session: (id) => sessions.get(id),
    owner: (address) => ({
      authenticate,
      refused: () => onEvent({ kind: 'link-refused', address }),
      opened: (session) => opened(session, address),
      received,
      willFired: (session, topic, payload) => {
        onEvent({ kind: 'will', id: session.claimId });
        heard.add(session); // a will was said at the start, and is no data
        if (sessions.get(session.claimId) === session) received(session, topic, payload);
      },
      ended(session, reason) {
        const id = session.claimId;
        if (sessions.get(id) !== session) return;
        sessions.delete(id);
        queries.abandon(id);
        nodes.setLink(id, { state: 'offline', since: new Date().toISOString(), reason });
        onEvent({ kind: 'offline', id, reason });
      },
    }),
  };
}

function readTexts(data: Fields): Record<string, string> {
  const texts = Object.entries(nodeInfoTextFields).map(
    ([name, number]) => [name, reportedText(textField(data, number))] as const,
  );
  return Object.fromEntries(texts.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

const topicNames = new Map<string, TopicName>(Object.entries(topicPaths).map(([name, path]) => [path, name as TopicName]));
// What an agent says of itself and its link at every start, before it has anything to show.
const ABOUT_THE_LINK: ReadonlySet<TopicName | undefined> = new Set([
  'agent-connection',
  'create-node-instance',
  'node-instance-connection',
] as const);
// Reading one of 4 MiB, which MQTT lets through, stops all other work for half a second.
const MAXIMUM_REPORT_BYTES = 256 * 1024;
const ABOUT_A_CHILD = 'The message is about a child of the node.';
// Number 1 in every message that is read.
const CLAIM_ID = reportFields['agent-connection'].claimId;
