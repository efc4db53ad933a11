import type { IConnectPacket } from 'mqtt-packet';
import { topicRoot } from '../../cloud/wire.ts';
import { createMqttSession, type OpenMqttSession, type SessionOwner, type Transport } from './mqtt-session.ts';
import { createPacketReader } from './packet-reader.ts';
import { isTopic } from './topic-filter.ts';

/** What the connection below calls. */
export interface SessionInput {
  receive(bytes: Buffer): void;
  /** The connection is gone. */
  lost(): void;
  /** The Cloud goes away. */
  shutDown(): void;
}

/** Serves one connection. Nothing that comes in makes it throw: bytes that are no MQTT end the connection. */
export function serveMqtt(transport: Transport, owner: SessionOwner): SessionInput {
  let session: OpenMqttSession | undefined;
  let isOpen = true;
  const connectTimer = setTimeout(end, CONNECT_SECONDS * 1000);

  const read = createPacketReader(LIMIT_BYTES, (packet) => {
    if (session !== undefined) session.handle(packet);
    else if (packet.cmd === 'connect') connect(packet);
    else end();
    return isOpen;
  });

  function connect(packet: IConnectPacket): void {
    clearTimeout(connectTimer);
    const level = mqttLevel(packet);
    if (level === undefined) {
      refuse(BAD_LEVEL);
      return;
    }
    const claimId = owner.authenticate(packet.clientId, packet.username ?? '', packet.password ?? Buffer.alloc(0));
    if (claimId === undefined || !isOwnWill(packet, claimId)) {
      owner.refused();
      refuse(NOT_AUTHORIZED[level]);
      return;
    }
    const opening = createMqttSession({ connect: packet, claimId, level, transport, owner, onEnd: stopReading });
    session = opening;
    transport.send(ACCEPTED[level]);
    owner.opened(opening);
  }

  function stopReading(): void {
    isOpen = false;
  }

  function refuse(connack: Buffer): void {
    transport.send(connack);
    isOpen = false;
    transport.closeSoon();
  }

  function end(): void {
    clearTimeout(connectTimer);
    isOpen = false;
    if (session !== undefined) session.close();
    else transport.close();
  }

  return {
    receive(bytes) {
      if (!isOpen) return;
      try {
        read(bytes);
      } catch {
        end(); // not MQTT: MQTT 5.0, 4.13 says to close
      }
    },
    lost: end,
    shutDown() {
      clearTimeout(connectTimer);
      isOpen = false;
      session?.close({ withoutWill: true });
    },
  };
}

function mqttLevel(packet: IConnectPacket): 4 | 5 | undefined {
  return packet.protocolId === 'MQTT' &&
    (packet.protocolVersion === 4 || packet.protocolVersion === 5) &&
    !('bridgeMode' in packet)
    ? packet.protocolVersion
    : undefined;
}

function isOwnWill({ will }: IConnectPacket, claimId: string): boolean {
  return will === undefined || (isTopic(will.topic) && will.topic.startsWith(`${topicRoot(claimId)}/`));
}

// CONNACK by version, to the byte as recorded: no properties, which old agents do not expect.
const ACCEPTED = { 5: Buffer.from([0x20, 3, 0, 0, 0]), 4: Buffer.from([0x20, 2, 0, 0]) };
const NOT_AUTHORIZED = { 5: Buffer.from([0x20, 3, 0, 0x87, 0]), 4: Buffer.from([0x20, 2, 0, 5]) };
const BAD_LEVEL = Buffer.from([0x20, 2, 0, 1]);
const CONNECT_SECONDS = 10;
const LIMIT_BYTES = 4 * 1024 * 1024;
