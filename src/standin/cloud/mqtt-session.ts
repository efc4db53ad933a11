import { generate, type IConnectPacket, type IPublishPacket, type ISubscribePacket, type Packet } from 'mqtt-packet';
import { topicRoot } from '../../cloud/wire.ts';
import type { OfflineReason } from './node-state.ts';
import { isFilter, isTopic, matchesFilter } from './topic-filter.ts';

/** One MQTT connection of one agent, version 5 or 3.1.1 by its CONNECT. */
export interface MqttSession {
  readonly claimId: string;
  readonly level: 4 | 5;
  /** False when the agent has not subscribed to the topic, or leaves too much unacknowledged. */
  publish(topic: string, payload: Buffer): boolean;
  /** Ends it from this side. The will is fired, as MQTT demands, unless the Cloud itself goes away. */
  close(options?: { withoutWill: boolean }): void;
}

/** The bytes below: one call of `send` is one frame. */
export interface Transport {
  send(bytes: Buffer): void;
  /** Ends the connection now. */
  close(): void;
  /** Leaves the agent a moment to end it. */
  closeSoon(): void;
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

/** A session as the connection sees it. */
export type OpenMqttSession = MqttSession & { handle(packet: Packet): void };

interface SessionStart {
  connect: IConnectPacket;
  claimId: string;
  level: 4 | 5;
  transport: Transport;
  owner: SessionOwner;
  /** Called first when it ends, whoever ends it. */
  onEnd(): void;
}

/** What follows the CONNACK. */
export function createMqttSession({ connect, claimId, level, transport, owner, onEnd }: SessionStart): OpenMqttSession {
  const root = `${topicRoot(claimId)}/`;
  const subscriptions = new Map<string, 0 | 1>();
  const aliases = new Map<number, string>();
  const unacknowledged = new Set<number>();
  const unreleased = new Set<number>();
  let lastMessageId = 0;
  let isOpen = true;
  const keepalive = connect.keepalive ?? 0;
  const keepaliveTimer = keepalive === 0 ? undefined : setTimeout(() => endUngracefully('timeout'), keepalive * 1500);

  const session: OpenMqttSession = {
    claimId,
    level,
    publish,
    close: ({ withoutWill } = { withoutWill: false }) => fail(withoutWill),
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
        unacknowledged.delete(messageId);
        break;
      case 'pubrel':
        unreleased.delete(messageId);
        transport.send(acknowledgement(0x70, messageId));
        break;
      case 'subscribe':
        subscribe(packet, messageId);
        break;
      case 'unsubscribe':
        for (const filter of packet.unsubscriptions) subscriptions.delete(filter);
        send({ cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(() => 0) });
        break;
      case 'pingreq':
        transport.send(Buffer.from([0xd0, 0]));
        break;
      case 'disconnect':
        if (packet.reasonCode === DISCONNECT_WITH_WILL) fail();
        else endGracefully();
        break;
      default: // what only a server sends, a second CONNECT, AUTH, and PUBREC, as nothing goes out with QoS 2
        fail();
    }
  }

  function receivePublish(packet: IPublishPacket, messageId: number): void {
    const topic = resolveAlias(packet);
    const isAllowed = topic?.startsWith(root) && (packet.qos === 0 || messageId > 0) && unreleased.size < MAXIMUM_UNRELEASED;
    if (topic === undefined || !isAllowed) {
      fail();
      return;
    }
    const isRepeated = packet.qos === 2 && unreleased.has(messageId);
    if (packet.qos === 1) transport.send(acknowledgement(0x40, messageId));
    if (packet.qos === 2) {
      unreleased.add(messageId);
      transport.send(acknowledgement(0x50, messageId));
    }
    if (!isRepeated) owner.received(session, topic, Buffer.from(packet.payload));
  }

  // We offer no aliases, and agents from 1.38 on use them all the same (spec/claiming-and-link.md 7.8).
  function resolveAlias(packet: IPublishPacket): string | undefined {
    const alias = packet.properties?.topicAlias;
    if (alias === undefined) return isTopic(packet.topic) ? packet.topic : undefined;
    if (packet.topic === '') return aliases.get(alias);
    if (!Number.isInteger(alias) || alias < 1 || !isTopic(packet.topic) || !packet.topic.startsWith(root)) return undefined;
    aliases.set(alias, packet.topic);
    return packet.topic;
  }

  function subscribe(packet: ISubscribePacket, messageId: number): void {
    if (packet.subscriptions.length === 0 || messageId < 1) {
      fail();
      return;
    }
    const granted = packet.subscriptions.map(({ topic, qos }) => {
      const isAllowed = topic.startsWith(root) && isFilter(topic) && subscriptions.size < MAXIMUM_SUBSCRIPTIONS;
      if (!isAllowed) return level === 5 ? 0x87 : 0x80;
      const grantedQos = qos === 0 ? 0 : 1;
      subscriptions.set(topic, grantedQos);
      return grantedQos;
    });
    send({ cmd: 'suback', messageId, granted });
  }

  function publish(topic: string, payload: Buffer): boolean {
    const matching = [...subscriptions].filter(([filter]) => matchesFilter(topic, filter));
    if (!isOpen || matching.length === 0 || unacknowledged.size >= MAXIMUM_UNACKNOWLEDGED) return false;
    const qos = matching.some(([, granted]) => granted === 1) ? 1 : 0;
    send({
      cmd: 'publish',
      topic,
      payload,
      qos,
      dup: false,
      retain: false,
      ...(qos === 1 ? { messageId: nextMessageId() } : {}),
    });
    return true;
  }

  function nextMessageId(): number {
    do lastMessageId = (lastMessageId % 0xffff) + 1;
    while (unacknowledged.has(lastMessageId));
    unacknowledged.add(lastMessageId);
    return lastMessageId;
  }

  function send(packet: Packet): void {
    transport.send(generate(packet, { protocolVersion: level }));
  }

  function endGracefully(): void {
    if (!hasStopped()) return;
    transport.closeSoon();
    owner.ended(session, 'graceful');
  }

  function fail(withoutWill = false): void {
    endUngracefully(connect.will === undefined || withoutWill ? 'closed' : 'will', withoutWill);
  }

  function endUngracefully(reason: OfflineReason, withoutWill = false): void {
    if (!hasStopped()) return;
    transport.close();
    const { will } = connect;
    if (will !== undefined && !withoutWill) owner.willFired(session, will.topic, Buffer.from(will.payload));
    owner.ended(session, reason);
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

const MAXIMUM_SUBSCRIPTIONS = 64;
const MAXIMUM_UNACKNOWLEDGED = 64;
const MAXIMUM_UNRELEASED = 64;
const DISCONNECT_WITH_WILL = 4;
