import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { topicPaths, topicRoot } from '../../../src/cloud/wire.ts';
import { openNodes } from '../../../src/standin/cloud/nodes.ts';
import { encodeMessage } from '../../../src/standin/cloud/protobuf.ts';
import { tablesOf } from '../../../src/standin/cloud/store/store.ts';
import { type Desk, newDesk, nodeId } from './desk.ts';
import { copyOf, databaseAt, newDatabase } from './store/test-store.ts';
import { otherKeys } from './test-cloud.ts';

const node = nodeId(1);
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

async function claimedDesk(): Promise<Desk> {
  const desk = await newDesk();
  expect(await desk.claimed(node)).toBe('204');
  return desk;
}

const linkOf = async (desk: Desk) => (await desk.asked('GET', `nodes/${node}`)).link;
const historyOf = async (desk: Desk): Promise<string[]> =>
  (await desk.asked('GET', `nodes/${node}`)).history.map(({ text }: { text: string }) => text);

describe('a node', () => {
  it('was never connected until it is online, and then offline for a reason and since a time', async () => {
    const desk = await claimedDesk();
    expect(await linkOf(desk)).toEqual({ state: 'never-connected' });
    const { owner, session } = desk.goOnline(node);
    expect(await linkOf(desk)).toEqual({
      ...{ state: 'online', since: TIME, transport: 'wss', mqttLevel: 5, address: '192.0.2.7', reachable: false },
    });
    owner.ended(session, 'timeout');
    expect(await linkOf(desk)).toEqual({ state: 'offline', since: TIME, reason: 'timeout' });
  });

  it('cannot be reached while it is online and says so', async () => {
    const desk = await claimedDesk();
    const { owner, session } = desk.goOnline(node);
    const topic = topicRoot(node) + topicPaths['agent-connection'];
    const say = (isReachable: boolean) =>
      owner.received(session, topic, encodeMessage([[1, node], ...(isReachable ? ([[2, true]] as const) : [])]));
    say(true);
    expect(await linkOf(desk)).toMatchObject({ state: 'online', reachable: true });
    say(false);
    expect(await linkOf(desk)).toMatchObject({ state: 'online', reachable: false });
  });

  it('stays online when a second connection takes over, and when the first ends after that', async () => {
    const desk = await claimedDesk();
    const first = desk.goOnline(node);
    desk.goOnline(node);
    first.owner.ended(first.session, 'will');
    expect(await linkOf(desk)).toMatchObject({ state: 'online' });
    expect(await historyOf(desk)).toContain('A new connection, from 192.0.2.7, took the place of the one before');
  });

  it('that comes back has not yet said again whether it lives and can be asked', async () => {
    const desk = await claimedDesk();
    const { owner, session } = desk.goOnline(node);
    desk.nodes.report(node, { agentVersion: '2.3.0', liveness: true, queryable: true });
    expect(desk.nodes.view(node)).toMatchObject({ agentVersion: '2.3.0', liveness: true, queryable: true });
    owner.ended(session, 'will');
    desk.goOnline(node);
    expect(desk.nodes.view(node)).toMatchObject({ agentVersion: '2.3.0' });
    expect(desk.nodes.view(node)).not.toHaveProperty('liveness');
    expect(desk.nodes.view(node)).not.toHaveProperty('queryable');
  });

  it('is counted in its space by its state', async () => {
    const desk = await newDesk();
    for (const number of [1, 2, 3, 4]) await desk.claimed(nodeId(number));
    desk.goOnline(nodeId(1));
    const gone = desk.goOnline(nodeId(2));
    gone.owner.ended(gone.session, 'graceful');
    await desk.asked('DELETE', `nodes/${nodeId(4)}`);
    expect((await desk.asked('GET', 'spaces')).spaces[0].nodes).toEqual({ total: 3, online: 1, offline: 1, neverConnected: 1 });
  });

  it('that is removed loses its link and its key, and is told from one that never was', async () => {
    const desk = await claimedDesk();
    desk.goOnline(node);
    expect((await desk.asked('DELETE', `nodes/${node}`)).status).toBe(204);
    expect(desk.links.session(node)).toBeUndefined();
    expect(await desk.asked('GET', `nodes/${node}`)).toMatchObject({ removed: TIME, publicKey: '', rooms: [] });
    expect((await desk.asked('GET', 'nodes')).nodes).toEqual([]);
    expect((await desk.asked('GET', 'nodes?removed=true')).nodes).toMatchObject([{ id: node, removed: TIME }]);
    expect((await desk.asked('DELETE', `nodes/${node}`)).status).toBe(404);
    expect((await desk.asked('GET', `nodes/${nodeId(9)}`)).status).toBe(404);
  });

  it('that was removed can be claimed with a new key, and is new then', async () => {
    const desk = await claimedDesk();
    desk.goOnline(node);
    await desk.asked('DELETE', `nodes/${node}`);
    expect(await desk.claimed(node, { publicKey: otherKeys.publicKey })).toBe('204');
    const view = await desk.asked('GET', `nodes/${node}`);
    expect(view).toMatchObject({ publicKey: otherKeys.publicKey, link: { state: 'never-connected' } });
    expect(view).not.toHaveProperty('removed');
  });

  it('that another agent replaces loses the link and the credentials of the one before', async () => {
    const desk = await claimedDesk();
    await desk.asked('PATCH', `spaces/${desk.space}`, { repeatClaims: 'replace' });
    await desk.claimed(node);
    expect(desk.replaced).toEqual([]);
    expect(await desk.claimed(node, { publicKey: otherKeys.publicKey })).toBe('204');
    expect(desk.replaced).toEqual([node]);
  });
});

describe('what a node reports', () => {
  const NODE_ID = 'e6ad5a3c-3a1b-4b8c-9a34-02fc00000001';

  async function reported(topic: 'node-instance-connection' | 'node-instance-info', ...messages: (typeof ofTheParent)[]) {
    const desk = await claimedDesk();
    const { owner, session } = desk.goOnline(node);
    for (const fields of messages)
      owner.received(session, topicRoot(node) + topicPaths[topic], encodeMessage([[1, node], ...fields]));
    const ignored = desk.events.flatMap((event) => (event.kind === 'message-ignored' ? [event.why] : []));
    return { view: await desk.asked('GET', `nodes/${node}`), ignored };
  }
  const ofTheParent: Parameters<typeof encodeMessage>[0] = [
    [2, NODE_ID],
    [3, true],
    [4, true],
  ];

  it('are its capabilities and those of its agent, with name, version and whether they are on', async () => {
    const desk = await claimedDesk();
    const { owner, session } = desk.goOnline(node);
    const say = (topic: 'agent-connection' | 'node-instance-connection', fields: Parameters<typeof encodeMessage>[0]) =>
      owner.received(session, topicRoot(node) + topicPaths[topic], encodeMessage([[1, node], ...fields]));
    const capability = (name: string, version: number, enabled: boolean) =>
      encodeMessage([
        [1, name],
        [2, version],
        [3, enabled],
      ]);
    // As 2.10.4 has them in fields 17 and 10.
    say('agent-connection', [
      [2, true],
      [17, capability('json', 2, false)],
      [17, capability('http_api_v2', 7, true)],
    ]);
    say('node-instance-connection', [
      [3, true],
      [10, capability('funcs', 1, true)],
      [10, capability('evil\u202e', 0, false)],
    ]);
    const expected = {
      capabilities: [
        { name: 'json', version: 2, enabled: false },
        { name: 'http_api_v2', version: 7, enabled: true },
      ],
      nodeCapabilities: [
        { name: 'funcs', version: 1, enabled: true },
        { name: 'evil\\u202e', version: 0, enabled: false },
      ],
    };
    expect(await desk.asked('GET', `nodes/${node}`)).toMatchObject(expected);
    // A will has none, and they are known while the node is offline, too.
    say('agent-connection', []);
    owner.ended(session, 'will');
    expect(await desk.asked('GET', `nodes/${node}`)).toMatchObject(expected);
  });

  it('are fifty capabilities at most, and none in what is no message', async () => {
    const desk = await claimedDesk();
    const { owner, session } = desk.goOnline(node);
    const topic = topicRoot(node) + topicPaths['agent-connection'];
    const one = [17, encodeMessage([[1, 'x']])] as const;
    owner.received(session, topic, encodeMessage([[1, node], ...Array(60).fill(one)]));
    expect((await desk.asked('GET', `nodes/${node}`)).capabilities).toHaveLength(50);
    owner.received(
      session,
      topic,
      encodeMessage([
        [1, node],
        [17, Buffer.from([0xff])],
      ]),
    );
    expect(desk.events.at(-1)).toMatchObject({ kind: 'message-ignored' });
    expect(await linkOf(desk)).toMatchObject({ state: 'online' });
  });

  it('of a child, with its own claim id, is not taken for what it is itself', async () => {
    const ofAChild = [
      [2, nodeId(7)],
      [9, 1],
    ] as const;
    const { view, ignored } = await reported('node-instance-connection', ofAChild, ofTheParent, ofAChild);
    expect(view).toMatchObject({ nodeId: NODE_ID, liveness: true, queryable: true });
    expect(ignored).toEqual(Array(2).fill('The message is about a child of the node.'));

    const system = (name: string) => encodeMessage([[3, name]]);
    const facts = await reported(
      'node-instance-info',
      [[2, system('Debian')]],
      [
        [2, system('Alpine')],
        [6, true],
      ],
    );
    expect(facts.view.information).toEqual({ osName: 'Debian' });
    expect(facts.ignored).toEqual(['The message is about a child of the node.']);
  });

  it('is not read when it is longer than 256 KiB', async () => {
    const { view, ignored } = await reported('node-instance-info', [[2, encodeMessage([[3, 'x'.repeat(256 * 1024)]])]]);
    expect(view).not.toHaveProperty('information');
    expect(ignored).toEqual(['The message is longer than 256 KiB.']);
  });

  it('as its node id is kept when it is one', async () => {
    const { view, ignored } = await reported('node-instance-connection', [
      [2, 'x'.repeat(100_000)],
      [3, true],
    ]);
    expect(view).not.toHaveProperty('nodeId');
    expect(ignored).toEqual(['The node id is not a UUID.']);
  });
});

describe('the history of a node', () => {
  it('tells each step from the claim to the end of the link', async () => {
    const desk = await claimedDesk();
    const { owner, session } = desk.goOnline(node);
    owner.received(session, topicRoot(node) + topicPaths['alarm-log'], Buffer.from([0x0a, 0]));
    owner.willFired(session, topicRoot(node) + topicPaths['agent-connection'], encodeMessage([[1, node]]));
    owner.ended(session, 'will');
    await desk.claimed(node);
    expect(await historyOf(desk)).toEqual([
      'Claimed as vm',
      'Online over secure WebSocket from 192.0.2.7, MQTT 5',
      'Sent its first data, to /outbound/v1/alarm/log',
      'Its connection ended without a goodbye, and its will was read',
      'Says that it cannot be reached',
      'Offline: the connection broke',
      'Claimed again as vm',
    ]);
  });

  it('is not lost to whoever asks for the node again and again, and tells the last time', async () => {
    const desk = await claimedDesk();
    const note = (kind: string, text: string) => desk.nodes.note(node, { at: '2026-01-01', kind, text });
    for (let number = 1; number <= 300; number++) {
      note('env-asked', `Asked ${number}`);
      note('challenged', `Challenged ${number}`);
    }
    note('password-given', 'Password');
    note('env-asked', 'Asked once more');
    expect(await historyOf(desk)).toEqual(['Claimed as vm', 'Asked 300', 'Challenged 300', 'Password', 'Asked once more']);
  });

  it('keeps the last two hundred', async () => {
    const desk = await claimedDesk();
    for (let number = 1; number <= 250; number++)
      desk.nodes.note(node, { at: '2026-01-01', kind: 'query', text: `Row ${number}` });
    const rows = await historyOf(desk);
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([200, 'Row 51', 'Row 250']);
  });
});

describe('after a restart', () => {
  it('a node that went offline before is offline since then, and one that was online since the start', async () => {
    const desk = await newDesk();
    for (const number of [1, 2, 3]) await desk.claimed(nodeId(number));
    const gone = desk.goOnline(nodeId(1));
    gone.owner.ended(gone.session, 'graceful');
    const before = desk.nodes.link(nodeId(1));
    desk.goOnline(nodeId(2));
    desk.nodes.report(nodeId(2), { agentVersion: '2.3.0', liveness: true, queryable: true });
    desk.database.close();

    const nodes = openNodes(tablesOf(databaseAt(desk.path)));
    expect(before).toMatchObject({ state: 'offline', reason: 'graceful' });
    expect(nodes.link(nodeId(1))).toEqual(before);
    expect(nodes.view(nodeId(2))).toMatchObject({
      agentVersion: '2.3.0',
      link: { state: 'offline', since: TIME, reason: 'closed' },
    });
    expect(nodes.view(nodeId(2))).not.toHaveProperty('liveness');
    expect(nodes.history(nodeId(2)).at(-1)?.text).toBe('Offline: the Cloud was ended');
    expect(nodes.link(nodeId(3))).toEqual({ state: 'never-connected' });
  });
});

describe('after a Cloud that was killed', () => {
  const NOON = Date.parse('2026-06-01T12:00:00Z');

  /** Online at noon; the Cloud is killed so long after that, and started again at one o'clock. */
  async function startedAgain(killedAfterSeconds: number, act: (desk: Desk) => void = (desk) => void desk.goOnline(node)) {
    const desk = await claimedDesk();
    await desk.database.commit(() => undefined); // with all that was noted before, which the timers of now would bring there
    vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    act(desk);
    vi.advanceTimersByTime(killedAfterSeconds * 1000);
    const path = copyOf(desk.path);
    vi.setSystemTime(NOON + 3600_000);
    return openNodes(tablesOf(databaseAt(path)));
  }

  it('a node is offline since its link was last seen, and not since the next start', async () => {
    const nodes = await startedAgain(63);
    expect(nodes.link(node)).toEqual({ state: 'offline', since: '2026-06-01T12:01:00.000Z', reason: 'closed' });
    expect(nodes.history(node).at(-1)).toEqual({
      ...{ at: '2026-06-01T12:01:00.000Z', kind: 'offline', text: 'Offline: the Cloud was ended' },
    });
  });

  it('a node that had just come is offline since then', async () => {
    const nodes = await startedAgain(1);
    expect(nodes.link(node)).toMatchObject({ since: '2026-06-01T12:00:00.000Z' });
  });

  it('a node that had gone is offline since it went, and nothing is written while there is no link', async () => {
    let changes: unknown[] = [];
    const nodes = await startedAgain(600, (desk) => {
      const { owner, session } = desk.goOnline(node);
      owner.ended(session, 'graceful');
      vi.advanceTimersByTime(10_000);
      const before = desk.database.all('SELECT at FROM lastSeen');
      vi.advanceTimersByTime(10_000);
      changes = [before, desk.database.all('SELECT at FROM lastSeen')];
    });
    expect(nodes.link(node)).toMatchObject({ since: '2026-06-01T12:00:00.000Z', reason: 'graceful' });
    expect(changes[0]).toEqual(changes[1]);
  });

  it('no node is offline since a time to come, when the clock was set back', async () => {
    const desk = await claimedDesk();
    await desk.database.commit(() => undefined); // with all that was noted before, which the timers of now would bring there
    vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    desk.goOnline(node);
    vi.advanceTimersByTime(1000);
    const path = copyOf(desk.path);
    vi.setSystemTime(NOON - 3600_000);
    expect(openNodes(tablesOf(databaseAt(path))).link(node)).toMatchObject({ since: '2026-06-01T11:00:00.000Z' });
  });
});

describe('when the disk is full', () => {
  it('claims and changes are answered with 503, links go on, and all is well when there is room', async () => {
    const database = newDatabase();
    const desk = await newDesk(database);
    await desk.claimed(node);
    database.all('PRAGMA max_page_count = 1');
    const refused = new Set<string>();
    for (let number = 2; number <= 30; number++) refused.add(await desk.claimed(nodeId(number)));
    expect([...refused].at(-1)).toBe('503 ErrServiceUnavailable');
    const name = 'x'.repeat(100);
    const answers = await Promise.all(Array.from({ length: 100 }, () => desk.asked('POST', 'spaces', { name })));
    const made = answers.filter(({ status }) => status === 201).length;
    expect(new Set(answers.map(({ status, errorMsgKey }) => `${status} ${errorMsgKey}`))).toContain('503 ErrServiceUnavailable');
    expect((await desk.asked('GET', 'spaces')).spaces.length).toBe(1 + made);
    desk.goOnline(node);
    expect(await linkOf(desk)).toMatchObject({ state: 'online' });
    database.all('PRAGMA max_page_count = 100000');
    expect(await desk.claimed(nodeId(99))).toBe('204');
  });

  it('a node that comes online the first time is counted once, and is kept as one that was online when there is room', async () => {
    const desk = await newDesk();
    for (const number of [1, 2, 3]) await desk.claimed(nodeId(number));
    const counts = async () => (await desk.asked('GET', 'spaces')).spaces[0].nodes;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    desk.database.all('PRAGMA query_only = ON');
    desk.goOnline(nodeId(1));
    const gone = desk.goOnline(nodeId(2));
    gone.owner.ended(gone.session, 'graceful');
    expect(await counts()).toEqual({ total: 3, online: 1, offline: 1, neverConnected: 1 });
    vi.advanceTimersByTime(60_000);
    desk.database.all('PRAGMA query_only = OFF');
    expect(await counts()).toEqual({ total: 3, online: 1, offline: 1, neverConnected: 1 });
    vi.advanceTimersByTime(10_000);
    const before = [nodeId(1), nodeId(2)].map((id) => desk.nodes.link(id));
    desk.database.close();

    const nodes = openNodes(tablesOf(databaseAt(desk.path)));
    expect(before).toMatchObject([{ state: 'online' }, { state: 'offline', reason: 'graceful' }]);
    expect(nodes.link(nodeId(1))).toMatchObject({ state: 'offline', reason: 'closed' });
    expect(nodes.link(nodeId(2))).toEqual(before[1]);
    expect(nodes.link(nodeId(3))).toEqual({ state: 'never-connected' });
  });
});
