import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import packageDescription from '../../../package.json' with { type: 'json' };
import { loadAdminToken } from './admin-token.ts';
import { createAgentLinks } from './agent-link.ts';
import { createChallenges } from './challenges.ts';
import { type CloudEvent, type OnCloudEvent, printableEvent } from './cloud-event.ts';
import { createDoor } from './door.ts';
import { createGate } from './gate.ts';
import { type Limits, usualLimits } from './limits.ts';
import { makeDirectories } from './make-directories.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { createMqttOverWebSocket } from './mqtt-over-websocket.ts';
import { historyRow } from './node-history.ts';
import { openNodes } from './nodes.ts';
import { createOneTimeValues } from './one-time-values.ts';
import { createQueries } from './queries.ts';
import type { RouterParts } from './router.ts';
import { createScenario } from './scenario.ts';
import { createService } from './serve.ts';
import { type GivenPair, isAnyAddress, loadServerIdentity } from './server-identity.ts';
import type { FirstStart } from './store/first-start.ts';
import { openStore, removeStore } from './store/store.ts';
import { withData } from './store/unusable.ts';
import { createWeb } from './web/web.ts';
import { createWrongCertificates } from './wrong-certificates.ts';

export interface CloudOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** Made when it is not there. Holds the CA, the database and the admin token. */
  dataDirectory: string;
  /** To show instead of one of its own. */
  tls?: GivenPair;
  /** How it misbehaves from the start. */
  scenario?: readonly Misbehaviour[];
  limits?: Limits;
  /** The command that starts kickstart here, for the lines that the page gives. */
  commandName?: string;
  onEvent?: OnCloudEvent;
}

export interface Cloud {
  /** https, with the port: the claim URL. */
  url: string;
  /** PEM file that clients must trust. */
  caFile: string;
  adminToken: string;
  /** Only of the start that made the database: what was made, which cannot be read again. */
  first?: FirstStart;
  /** Ends every connection at once; resolves when the port is free and the state is on disk. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Netdata Cloud: claim API, link API, and MQTT over WebSocket, all over TLS on one port.
 * Throws CLOUD_DATA_UNUSABLE, and Node's own errors of listening: the port is taken, the address is none of this machine.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { host, port, dataDirectory, tls, limits = usualLimits, onEvent: tellOwner = () => undefined } = options;
  const { store, first } = await withData(dataDirectory, async () => {
    await makeDirectories(dataDirectory);
    return openStore(dataDirectory, (error) => tellOwner({ kind: 'fault', error }));
  });
  const giveUp = async (error: unknown): Promise<never> => {
    store.database.close();
    // Nobody will be told the secrets of this first start, so the next one is the first.
    if (first !== undefined) await removeStore(dataDirectory);
    throw error;
  };
  // Only now, with the lock of the database: another Cloud that runs here has a CA and a token, which must stay.
  const { identity, adminToken } = await withData(dataDirectory, async () => ({
    identity: await loadServerIdentity(dataDirectory, host, tls),
    adminToken: await loadAdminToken(dataDirectory),
  })).catch(giveUp);
  const nodes = openNodes(store);
  const onEvent = (happened: CloudEvent) => {
    const event = printableEvent(happened);
    const kept = historyRow(event);
    if (kept !== undefined) nodes.note(kept.id, kept.row);
    web.tell(event);
    tellOwner(event);
  };
  // Given to who has shown to be the node, so that nobody else pushes out what is kept.
  const [challenges, passwords] = [createChallenges(), createOneTimeValues(ONE_TIME_SECONDS, 8)];
  const [queries, scenario, gate] = [createQueries(), createScenario(), createGate(limits)];
  const wrongCertificates = createWrongCertificates(identity);
  const links = createAgentLinks({ nodes, passwords, queries, onEvent });
  const mqtt = createMqttOverWebSocket(links.owner, scenario.choose, (socket) => door.keep(socket));
  const own = { host: isAnyAddress(host) ? '127.0.0.1' : host, port };
  const url = () => `https://${isIPv6(own.host) ? `[${own.host}]` : own.host}:${own.port}`;
  const about = { version: packageDescription.version, caFile: identity.caFile, caPem: await readFile(identity.caFile, 'utf8') };
  const web = createWeb({
    ...{ adminToken, passwordHashOf: store.administrators.passwordHashOf, sessionStore: store.sessions },
    about: () => ({ url: url(), ...about, kickstart: options.commandName ?? 'kickstart', standIn: true }),
  });
  const router: RouterParts = {
    web,
    store,
    nodes,
    links,
    queries,
    scenario,
    prepare: wrongCertificates.prepare,
    challenges,
    passwords,
    onEvent,
    onReplaced(id) {
      passwords.forget(id);
      links.session(id)?.close();
    },
    own: () => own,
  };
  const closing = new AbortController();
  const service = createService({
    ...{ router, scenario, gate, closing: closing.signal, onEvent },
    takeUpgrade: mqtt.upgrade,
    reset: (request) => door.reset(request),
    keep: (socket) => door.keep(socket),
  });
  const door = createDoor({ ...service, identity, wrongCertificates, scenario, gate, limits });

  await wrongCertificates.prepare(options.scenario ?? []);
  scenario.play(options.scenario ?? []);
  own.port = await door.listen(port, host).catch(giveUp);

  return {
    url: url(),
    caFile: identity.caFile,
    adminToken,
    ...(first === undefined ? {} : { first }),
    async close() {
      closing.abort();
      mqtt.close();
      web.close();
      await door.close();
      store.database.close();
    },
  };
}

const ONE_TIME_SECONDS = 60;
