import { generate, type IConnectPacket, type IPublishPacket, type ISubscribePacket, type Packet } from 'mqtt-packet';
import { topicRoot } from '../../cloud/wire.ts';
import type { Misbehaviour, PacketEndpoint } from './misbehaviour.ts';
import { createOutbox } from './mqtt-outbox.ts';
import type { OfflineReason } from './node-state.ts';
import { normalTopic } from './own-topics.ts';
import { createTopicAliases } from './topic-aliases.ts';

/** One MQTT connection of one agent, version 5 or 3.1.1 by its CONNECT. */
export interface MqttSession {
  readonly claimId: string;
  /** The same as the agent writes it: it takes no other for its own. */
  readonly writtenId: string;
  readonly level: 4 | 5;
  /** False when the agent has not subscribed to the topic, leaves too much unacknowledged, or could not read one as long. */
  publish(topic: string, payload: Buffer): boolean;
  /** The agent has said that it leaves: when the connection ends now, that is graceful, and its will is forgotten. */
  sayGoodbye(): void;
  /** Ends it from this side. The will is fired, as MQTT demands, unless the Cloud itself goes away. */
  close(why?: CloseReason): void;
}

/** `lost`: the agent or the network broke it. `taken-over`: another connection has its client id. `shut-down`: the Cloud goes away. `asked`: the Cloud ends it for any other reason. */
export type CloseReason = 'lost' | 'asked' | 'taken-over' | 'shut-down';

/** The bytes below: one call of `send` is one frame. */
export interface Transport {
  send(bytes: Buffer): void;
  /** Ends the connection once these are on their way. */
  sendLast(bytes: Buffer): void;
  /** Ends the connection now. */
  close(): void;
  /** Leaves the agent a moment to end it. */
  closeSoon(): void;
  /** The client has shown who it is: it may send more than a CONNECT. */
  trust(): void;
}

/** The application above. */
export interface SessionOwner {
  /** The claim id that the credentials are for; undefined when they are not good. Each is good once. */
  authenticate(clientId: string, username: string, password: Buffer): string | undefined;
  opened(session: MqttSession): void;
  refused(): void;
  received(session: MqttSession, topic: string, payload: Buffer): void;
  willFired(session: MqttSession, topic: string, payload: Buffer): void;
  ended(session: MqttSession, reason: OfflineReason): void;
}

/** How this packet of this node is to be answered, unless truly. */
export type ChooseMisbehaviour = (endpoint: PacketEndpoint, claimId: string) => Misbehaviour | undefined;

/** A session as the connection sees it. */
export type OpenMqttSession = MqttSession & { handle(packet: Packet): void };

interface SessionStart {
  connect: IConnectPacket;
  claimId: string;
  level: 4 | 5;
  transport: Transport;
  owner: SessionOwner;
  choose: ChooseMisbehaviour;
  /** Called first when it ends, whoever ends it. */
  onEnd(): void;
}

/** What follows the CONNACK. */
export function createMqttSession({ connect, claimId, level, transport, owner, choose, onEnd }: SessionStart): OpenMqttSession {
  const root = `${topicRoot(claimId)}/`;
  const resolveTopic = createTopicAliases(root);
  const writtenId = connect.clientId;
  const writtenTopic = (topic: string) => `${topicRoot(writtenId)}/${topic.slice(root.length)}`;
  const outbox = createOutbox({ connect, level, root, writtenTopic, send: transport.send });
  const unreleased = new Set<number>();
  let isOpen = true;
  let isLeaving = false;
  const keepalive = connect.keepalive ?? 0;
  const keepaliveTimer = keepalive === 0 ? undefined : setTimeout(() => endUngracefully('timeout'), keepalive * 1500);

  const session: OpenMqttSession = {
    claimId,
    writtenId,
    level,
    publish: (topic, payload) => isOpen && outbox.publish({ topic, payload, qos: 1 }),
    sayGoodbye() {
      isLeaving = true;
    },
    close: fail,
    handle,
  };
  return session;

  function handle(packet: Packet): void {
    keepaliveTimer?.refresh();
    const messageId = 'messageId' in packet ? (packet.messageId ?? 0) : 0;
    switch (packet.cmd) {
      case 'publish':
        receivePublish(packet, messageId);
        break;
      case 'puback':
        outbox.acknowledged(messageId);
        break;
      case 'pubrel':
        unreleased.delete(messageId);
        transport.send(acknowledgement(0x70, messageId));
        break;
      case 'subscribe':
        subscribe(packet, messageId);
        break;
      case 'unsubscribe': {
        const granted = packet.unsubscriptions.map((filter) => (outbox.unsubscribe(normalTopic(filter)) ? 0 : NO_SUBSCRIPTION));
        answer('subscribe', generate({ cmd: 'unsuback', messageId, granted }, { protocolVersion: level }));
        break;
      }
      case 'pingreq':
        answer('ping', Buffer.from([0xd0, 0]));
        break;
      case 'disconnect':
        if (packet.reasonCode === DISCONNECT_WITH_WILL)
          fail('lost'); // as the agent wants it to look
        else endGracefully();
        break;
      default: // what only a server sends, a second CONNECT, AUTH, and PUBREC, as nothing goes out with QoS 2
        fail();
    }
  }

  function receivePublish(packet: IPublishPacket, messageId: number): void {
    const topic = resolveTopic(packet);
    const { qos } = packet;
    if (topic === undefined || (qos > 0 && messageId < 1) || unreleased.size >= MAXIMUM_UNRELEASED) {
      fail();
      return;
    }
    const isRepeated = qos === 2 && unreleased.has(messageId);
    if (qos === 1) answer('publish', acknowledgement(0x40, messageId));
    if (qos === 2) {
      unreleased.add(messageId);
      answer('publish', acknowledgement(0x50, messageId));
    }
    if (isRepeated || !isOpen) return;
    const payload = Buffer.from(packet.payload);
    owner.received(session, topic, payload);
    // To itself, if it has subscribed to what it sends. Agents have not; MQTT's own tools do.
    if (isOpen) outbox.publish({ topic, payload, qos, isOwn: true });
  }

  function subscribe(packet: ISubscribePacket, messageId: number): void {
    if (packet.subscriptions.length === 0 || messageId < 1) {
      fail();
      return;
    }
    const granted = packet.subscriptions.map((subscription) =>
      outbox.subscribe({ ...subscription, topic: normalTopic(subscription.topic) }),
    );
    answer('subscribe', generate({ cmd: 'suback', messageId, granted }, { protocolVersion: level }));
  }

  /** Answers, unless the scenario has it otherwise. */
  function answer(endpoint: PacketEndpoint, bytes: Buffer): void {
    const chosen = choose(endpoint, claimId);
    const act = () => {
      if (!isOpen || chosen?.hang) return;
      if (chosen?.reset) fail();
      else transport.send(bytes);
    };
    if (chosen?.delaySeconds === undefined) act();
    else setTimeout(act, chosen.delaySeconds * 1000).unref();
  }

  function endGracefully(): void {
    if (!hasStopped()) return;
    transport.closeSoon();
    owner.ended(session, 'graceful');
  }

  function fail(why: CloseReason = 'asked'): void {
    endUngracefully(why === 'lost' && connect.will !== undefined ? 'will' : 'closed', why);
  }

  function endUngracefully(reason: OfflineReason, why?: CloseReason): void {
    if (!hasStopped()) return;
    if (why === 'taken-over' && level === 5) transport.sendLast(TAKEN_OVER);
    else transport.close();
    const { will } = connect;
    if (will !== undefined && !isLeaving && why !== 'shut-down')
      owner.willFired(session, normalTopic(will.topic), Buffer.from(will.payload));
    owner.ended(session, isLeaving ? 'graceful' : reason);
  }

  /** False when it had ended before. */
  function hasStopped(): boolean {
    if (!isOpen) return false;
    isOpen = false;
    clearTimeout(keepaliveTimer);
    onEnd();
    return true;
  }
}

// The short form without a reason, which agents were seen to accept in version 5 too (transcript 5).
function acknowledgement(kind: 0x40 | 0x50 | 0x70, messageId: number): Buffer {
  return Buffer.from([kind, 2, messageId >> 8, messageId & 0xff]);
}

const MAXIMUM_UNRELEASED = 64;
const DISCONNECT_WITH_WILL = 4;
const NO_SUBSCRIPTION = 0x11;
// DISCONNECT with reason 8E, session taken over (MQTT 5.0, 3.14.2.1), in the long form: some parsers misread the short one.
const TAKEN_OVER = Buffer.from([0xe0, 2, 0x8e, 0]);
