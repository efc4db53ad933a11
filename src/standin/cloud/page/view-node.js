import { choiceGroup, chosenOf, element, field, fill } from './elements.js';
import { actionButton, confirmed, emptyState, exactTime, form, pathTo, time } from './messages.js';
import { capabilitiesText, since, stateBadge, stateOf, transportOf } from './node-state.js';
import { stepList } from './step-list.js';
import { duration } from './time.js';

/** A node: its facts, the way it came, what happened to its link, and what it answers. */
export async function showNode({ ask, again, announce }, id) {
  const parts = Object.fromEntries(['head', 'facts', 'steps', 'history', 'answer'].map((name) => [name, element('div', {})]));
  let node = await ask('GET', `nodes/${id}`);
  const space = await ask('GET', `spaces/${node.spaceId}`);
  const isRemoved = node.removed !== undefined;

  async function renew() {
    const before = stateOf(node).label;
    node = await ask('GET', `nodes/${id}`);
    if ((node.removed !== undefined) !== isRemoved) return again();
    show();
    if (stateOf(node).label !== before) announce(`${node.hostname}: ${stateOf(node).label}`);
  }

  function show() {
    fill(parts.head, element('h1', {}, node.hostname), element('p', {}, stateBadge(node), ', ', since(node)));
    fill(parts.facts, facts(node, space));
    fill(parts.steps, stepList(node.history));
    fill(parts.history, timeline(node.history));
    fill(parts.answer, latestAnswer(node));
  }

  show();
  return {
    title: node.hostname,
    content: [
      pathTo(space),
      parts.head,
      element('div', { class: 'columns' }, section('Facts', parts.facts), section('How it came here', parts.steps)),
      section('Ask it', !isRemoved && question({ ask, id, renew }), parts.answer),
      section('What happened', parts.history),
      !isRemoved && section('Change', rooms({ ask, id, node, space, announce }), removal({ ask, id, node })),
    ],
    update: (events) => (events.some((event) => event.id === id) ? renew() : undefined),
    renew,
  };
}

function section(heading, ...children) {
  return element('section', {}, element('h2', {}, heading), ...children);
}

function facts(node, space) {
  const roomNames = space.rooms.filter((room) => node.rooms.includes(room.id)).map(({ name }) => name);
  const rows = [
    ['Version', node.agentVersion],
    ['Transport', transportOf(node)],
    ['Address', node.link.address],
    ['Rooms', roomNames.join(', ')],
    ['Claimed', time(node.claimedAt)],
    ['Claim id', node.id],
    ['Machine GUID', node.machineGuid],
    ['Node id', node.nodeId],
    ['Queryable', { true: 'yes', false: 'no' }[node.queryable]],
    ['Capabilities of the agent', capabilitiesText(node.capabilities)],
    ['Capabilities of the node', capabilitiesText(node.nodeCapabilities)],
    ...Object.entries(node.information ?? {}).filter(([name]) => name !== 'version'),
  ];
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  return element(
    'dl',
    {},
    ...known.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}

function timeline(history) {
  if (history.length === 0) return emptyState('Nothing is known of this node yet.', 'What happens to it appears here.');
  const rows = history
    .toReversed()
    .map(({ at, kind, text }) => element('li', { class: kind }, exactTime(at), element('span', {}, text)));
  return element('ol', { class: 'timeline', reversed: true }, ...rows);
}

function question({ ask, id, renew }) {
  return form(
    {
      button: 'Ask',
      class: 'narrow',
      async send({ path }) {
        try {
          await ask('POST', `nodes/${id}/query`, { path });
        } finally {
          await renew();
        }
      },
    },
    field({
      label: 'A path of its API',
      help: 'It is asked through the link. Only what it answers shows that data arrive.',
      control: element('input', { id: 'query-path', name: 'path', value: '/api/v1/info', required: true, spellcheck: 'false' }),
    }),
  );
}

function latestAnswer({ latestQuery, link }) {
  if (latestQuery === undefined) {
    const next =
      link.state === 'online' ? 'Choose Ask: the node answers through its link.' : 'It can be asked while it is online.';
    return emptyState('It has not been asked yet.', next);
  }
  const { at, path, status, milliseconds, body = '', isCut } = latestQuery;
  const outcome = status === undefined ? 'no answer' : `status ${status}`;
  return [
    element('p', {}, element('code', {}, path), `: ${outcome} after ${duration(milliseconds)}, `, time(at)),
    status !== undefined &&
      element(
        'pre',
        { tabindex: '0', 'aria-label': `The answer to ${path}`, class: 'answer' },
        element('code', {}, indented(body)),
      ),
    isCut && element('p', { class: 'help' }, 'The answer is longer; this is its beginning.'),
  ];
}

function indented(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function rooms({ ask, id, node, space, announce }) {
  if (space.rooms.length === 0) return undefined;
  const choices = space.rooms.map((room) => ({ value: room.id, label: room.name }));
  const group = choiceGroup({ legend: 'Rooms that it is in', name: 'room', type: 'checkbox', choices, chosen: node.rooms });
  return form(
    {
      button: 'Move it',
      class: 'narrow',
      async send() {
        await ask('PUT', `nodes/${id}/rooms`, { rooms: chosenOf(group) });
        announce(`${node.hostname} is moved`);
      },
    },
    group,
  );
}

function removal({ ask, id, node }) {
  return actionButton({
    label: 'Remove this node',
    class: 'danger',
    async run() {
      const text =
        'Its link is ended, and it cannot come back with the claim that it has. Its agent is not changed: unclaim it there.';
      if (!(await confirmed({ title: `Remove ${node.hostname}?`, text, yes: 'Remove it' }))) return;
      await ask('DELETE', `nodes/${id}`);
    },
  });
}
