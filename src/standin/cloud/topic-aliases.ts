import type { IPublishPacket } from 'mqtt-packet';
import { normalTopic } from './own-topics.ts';
import { isTopic } from './topic-filter.ts';

/** The topic of a PUBLISH, by name or by alias; undefined when it has none that is allowed. */
export type ResolveTopic = (packet: IPublishPacket) => string | undefined;

/**
 * The aliases of one connection, for topics below the root. We offer none in the CONNACK, and agents from 1.38 on use them all the
 * same (spec/claiming-and-link.md 7.8): a few dozen, as they have topics.
 */
export function createTopicAliases(root: string): ResolveTopic {
  const aliases = new Map<number, string>();
  return (packet) => {
    const alias = packet.properties?.topicAlias;
    const topic = normalTopic(packet.topic);
    const isOwn = isTopic(topic) && topic.startsWith(root);
    if (alias === undefined) return isOwn ? topic : undefined;
    if (packet.topic === '') return aliases.get(alias);
    if (!Number.isInteger(alias) || alias < 1 || !isOwn) return undefined;
    if (aliases.size >= MAXIMUM_ALIASES && !aliases.has(alias)) return undefined;
    aliases.set(alias, topic);
    return topic;
  };
}

const MAXIMUM_ALIASES = 1024;
