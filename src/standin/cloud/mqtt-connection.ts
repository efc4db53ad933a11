import type { IConnectPacket, Packet } from 'mqtt-packet';
import { topicRoot } from '../../cloud/wire.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import {
  type ChooseMisbehaviour,
  type CloseReason,
  createMqttSession,
  type OpenMqttSession,
  type SessionOwner,
  type Transport,
} from './mqtt-session.ts';
import { normalTopic } from './own-topics.ts';
import { createPacketReader } from './packet-reader.ts';
import { isTopic } from './topic-filter.ts';
import { normalId } from './uuid.ts';

/** What the connection below calls. */
export interface SessionInput {
  receive(bytes: Buffer): void;
  /** The connection is gone. */
  lost(): void;
  /** What came is no MQTT: the Cloud ends the connection. */
  refuse(): void;
  /** The Cloud goes away. */
  shutDown(): void;
}

interface ConnectionParts {
  transport: Transport;
  owner: SessionOwner;
  choose: ChooseMisbehaviour;
}

/** Serves one connection. Nothing that comes in makes it throw: bytes that are no MQTT end the connection. */
export function serveMqtt({ transport, owner, choose }: ConnectionParts): SessionInput {
  let session: OpenMqttSession | undefined;
  let isOpen = true;
  // Packets after a CONNECT that is kept waiting, and the timer that it waits for.
  let held: Packet[] | undefined;
  let holdTimer: NodeJS.Timeout | undefined;
  const connectTimer = setTimeout(() => end(), CONNECT_SECONDS * 1000);

  const read = createPacketReader(LIMIT_BYTES, (packet) => {
    handle(packet);
    return isOpen;
  });

  function handle(packet: Packet): void {
    if (held !== undefined) held.push(packet);
    else if (session !== undefined) session.handle(packet);
    else if (packet.cmd === 'connect') connectAsChosen(packet);
    else end();
  }

  function connectAsChosen(packet: IConnectPacket): void {
    clearTimeout(connectTimer);
    const chosen = choose('connect', normalId(packet.clientId));
    if (chosen?.delaySeconds === undefined) {
      misbehaveOrConnect(chosen, packet);
      return;
    }
    held = [];
    holdTimer = setTimeout(() => {
      const later = held ?? [];
      held = undefined;
      misbehaveOrConnect(chosen, packet);
      for (const next of later) if (isOpen) handle(next);
    }, chosen.delaySeconds * 1000).unref();
  }

  function misbehaveOrConnect(chosen: Misbehaviour | undefined, packet: IConnectPacket): void {
    if (chosen?.reset) end();
    else if (chosen?.hang) held = [];
    else connect(packet, chosen?.reasonCode);
  }

  function connect(packet: IConnectPacket, chosenReason?: number): void {
    const level = mqttLevel(packet);
    if (level === undefined) {
      refuseConnect(BAD_LEVEL);
      return;
    }
    const reason =
      chosenReason ?? (packet.properties?.authenticationMethod === undefined ? undefined : BAD_AUTHENTICATION_METHOD);
    const claimId = reason === undefined ? owner.authenticate(...credentials(packet)) : undefined;
    if (claimId === undefined || !isOwnWill(packet, claimId)) {
      owner.refused();
      refuseConnect(refusal(level, reason ?? NOT_AUTHORIZED[level]));
      return;
    }
    const opening = createMqttSession({ connect: packet, claimId, level, transport, owner, choose, onEnd: stopReading });
    session = opening;
    transport.trust();
    transport.send(ACCEPTED[level]);
    owner.opened(opening);
  }

  function stopReading(): void {
    isOpen = false;
  }

  function refuseConnect(connack: Buffer): void {
    transport.send(connack);
    isOpen = false;
    transport.closeSoon();
  }

  function end(why?: CloseReason): void {
    stopWaiting();
    if (session !== undefined) session.close(why);
    else transport.close();
  }

  function stopWaiting(): void {
    clearTimeout(connectTimer);
    clearTimeout(holdTimer);
    isOpen = false;
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
    lost: () => end('lost'),
    refuse: () => end(),
    shutDown() {
      stopWaiting();
      session?.close('shut-down');
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

function credentials({ clientId, username = '', password = Buffer.alloc(0) }: IConnectPacket): [string, string, Buffer] {
  return [clientId, username, password];
}

function isOwnWill({ will }: IConnectPacket, claimId: string): boolean {
  return will === undefined || (isTopic(will.topic) && normalTopic(will.topic).startsWith(`${topicRoot(claimId)}/`));
}

/** A CONNACK that says no, in the form of the version: without properties, which old agents do not expect. */
function refusal(level: 4 | 5, reasonCode: number): Buffer {
  return Buffer.from(level === 5 ? [0x20, 3, 0, reasonCode, 0] : [0x20, 2, 0, reasonCode]);
}

// CONNACK by version, to the byte as recorded.
const ACCEPTED = { 5: Buffer.from([0x20, 3, 0, 0, 0]), 4: Buffer.from([0x20, 2, 0, 0]) };
const NOT_AUTHORIZED = { 5: 0x87, 4: 5 };
const BAD_AUTHENTICATION_METHOD = 0x8c;
const BAD_LEVEL = Buffer.from([0x20, 2, 0, 1]);
const CONNECT_SECONDS = 10;
const LIMIT_BYTES = 4 * 1024 * 1024;
