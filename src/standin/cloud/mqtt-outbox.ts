import { generate, type IConnectPacket, type ISubscription } from 'mqtt-packet';
import { isFilter, matchesFilter } from './topic-filter.ts';

/** What an agent has subscribed to, and the messages on their way to it. */
export interface Outbox {
  /** The code for the SUBACK. */
  subscribe(subscription: ISubscription): number;
  /** False when there was no such subscription. */
  unsubscribe(filter: string): boolean;
  /** With the smaller QoS of the two. False when nobody subscribed, too much is unacknowledged, or the message is too long for agents. */
  publish(message: Message): boolean;
  acknowledged(messageId: number): void;
}

interface Message {
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  /** The agent sent it itself. */
  isOwn?: boolean;
}

interface OutboxParts {
  connect: IConnectPacket;
  level: 4 | 5;
  /** Of the topics that may be subscribed to. */
  root: string;
  /** A topic below it as the agent writes it. */
  writtenTopic(topic: string): string;
  send(bytes: Buffer): void;
}

export function createOutbox({ connect, level, root, writtenTopic, send }: OutboxParts): Outbox {
  const subscriptions = new Map<string, { qos: 0 | 1; noLocal: boolean }>();
  const unacknowledged = new Set<number>();
  const mostUnacknowledged = Math.min(MAXIMUM_UNACKNOWLEDGED, connect.properties?.receiveMaximum ?? MAXIMUM_UNACKNOWLEDGED);
  const mostBytes = Math.min(MAXIMUM_BYTES, connect.properties?.maximumPacketSize ?? MAXIMUM_BYTES);
  let lastMessageId = 0;

  function nextMessageId(): number {
    do lastMessageId = (lastMessageId % 0xffff) + 1;
    while (unacknowledged.has(lastMessageId));
    return lastMessageId;
  }

  return {
    subscribe({ topic, qos, nl = false }) {
      const isRoom = subscriptions.has(topic) || subscriptions.size < MAXIMUM_SUBSCRIPTIONS;
      if (!topic.startsWith(root) || !isFilter(topic) || !isRoom) return level === 5 ? 0x87 : 0x80;
      const granted = qos === 0 ? 0 : 1;
      subscriptions.set(topic, { qos: granted, noLocal: nl });
      return granted;
    },
    unsubscribe: (filter) => subscriptions.delete(filter),
    publish({ topic, payload, qos: sentQos, isOwn = false }) {
      const matching = [...subscriptions].filter(([filter, { noLocal }]) => !(isOwn && noLocal) && matchesFilter(topic, filter));
      if (matching.length === 0) return false;
      const qos = sentQos > 0 && matching.some(([, granted]) => granted.qos === 1) ? 1 : 0;
      if (qos === 1 && unacknowledged.size >= mostUnacknowledged) return false;
      const messageId = qos === 1 ? { messageId: nextMessageId() } : {};
      const bytes = generate(
        { cmd: 'publish', topic: writtenTopic(topic), payload, qos, dup: false, retain: false, ...messageId },
        { protocolVersion: level },
      );
      if (bytes.length > mostBytes) return false;
      if (messageId.messageId !== undefined) unacknowledged.add(messageId.messageId);
      send(bytes);
      return true;
    },
    acknowledged: (messageId) => void unacknowledged.delete(messageId),
  };
}

const MAXIMUM_SUBSCRIPTIONS = 64;
const MAXIMUM_UNACKNOWLEDGED = 64;
// The ring buffer of agents has 128 KiB (spec/claiming-and-link.md 7.7).
const MAXIMUM_BYTES = 100 * 1024;
