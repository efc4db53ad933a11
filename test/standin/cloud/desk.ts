import type { AskedBy } from '../../../src/standin/cloud/admin/admin-route.ts';
import { answerAdmin } from '../../../src/standin/cloud/admin-api.ts';
import { createAgentLinks } from '../../../src/standin/cloud/agent-link.ts';
import type { Answer } from '../../../src/standin/cloud/answer.ts';
import { answerClaim } from '../../../src/standin/cloud/claim-api.ts';
import type { CloudEvent } from '../../../src/standin/cloud/cloud-event.ts';
import type { MqttSession, SessionOwner } from '../../../src/standin/cloud/mqtt-session.ts';
import { historyRow } from '../../../src/standin/cloud/node-history.ts';
import { openNodes } from '../../../src/standin/cloud/nodes.ts';
import { createOneTimeValues } from '../../../src/standin/cloud/one-time-values.ts';
import { createQueries } from '../../../src/standin/cloud/queries.ts';
import { createScenario } from '../../../src/standin/cloud/scenario.ts';
import { tablesOf } from '../../../src/standin/cloud/store/store.ts';
import { newDatabase, type TestDatabase } from './store/test-store.ts';
import { claimBody } from './test-cloud.ts';

/** The Cloud behind its server: what it answers to agents that claim and to administrators, without TLS and sockets. */
export type Desk = Awaited<ReturnType<typeof newDesk>>;

/** With one space, which has one room and one token. */
export async function newDesk(database: TestDatabase = newDatabase()) {
  const { path } = database;
  const store = tablesOf(database);
  const nodes = openNodes(store);
  const events: CloudEvent[] = [];
  const replaced: string[] = [];
  const onEvent = (event: CloudEvent) => {
    events.push(event);
    const kept = historyRow(event);
    if (kept !== undefined) nodes.note(kept.id, kept.row);
  };
  const [passwords, queries] = [createOneTimeValues(60, 8), createQueries()];
  const links = createAgentLinks({ nodes, passwords, queries, onEvent });
  const parts = {
    ...{ store, nodes, links, queries, passwords, onEvent, scenario: createScenario(), prepare: async () => undefined },
    onReplaced: (id: string) => void replaced.push(id),
  };
  const { space, room, token } = await database.commit(() => {
    const made = store.spaces.add('First space');
    const firstRoom = store.rooms.add(made.id, 'All nodes');
    return { space: made.id, room: firstRoom.id, token: store.tokens.add({ spaceId: made.id, name: 'First token' }).secret };
  });

  return {
    ...{ database, path, store, nodes, links, passwords, events, replaced, space, room, token },

    /** The node goes online, as far as everything above MQTT can see. */
    goOnline(id: string): { owner: SessionOwner; session: MqttSession } {
      const owner = links.owner('192.0.2.7');
      const session: MqttSession = {
        ...{ claimId: id, writtenId: id, level: 5, publish: () => true, sayGoodbye: () => undefined },
        close: () => owner.ended(session, 'closed'),
      };
      owner.opened(session);
      return { owner, session };
    },

    /** The answer of the admin API, with its status. */
    async asked(method: string, target: string, body?: object, by: AskedBy = 'token') {
      const [path = '', query = ''] = target.split('?');
      const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body));
      return seen(await answerAdmin({ method, path, query, by, body: bytes }, parts));
    },

    /** Status and error key of a claim, as agents tell them apart; in the first space and without rooms when nothing else is said. */
    async claimed(id: string, changes: object = {}): Promise<string> {
      const { status, errorMsgKey } = seen(
        await answerClaim(id, Buffer.from(claimBody({ token, rooms: [], ...changes }, id)), parts),
      );
      return status === 204 ? '204' : `${status} ${errorMsgKey}`;
    },
  };
}

// Of no type, as JSON is: what an answer holds is what each test is about.
function seen({ status, body }: Answer) {
  return { status, ...JSON.parse(JSON.stringify(body ?? {})) };
}

/** The id of a node that nobody else has. */
export function nodeId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
