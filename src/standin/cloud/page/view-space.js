import { element, field, fill, fillByKey } from './elements.js';
import { actionButton, confirmed, emptyState, form, pathTo } from './messages.js';
import { since, stateBadge, stateOf, transportOf } from './node-state.js';
import { sparingly } from './sparingly.js';

/** A space, or one of its rooms, with its nodes. */
export async function showSpace({ ask, go, announce }, spaceId, roomId) {
  const parts = {
    head: element('div', {}),
    rooms: element('div', {}),
    found: element('p', { class: 'help' }),
    empty: element('div', {}),
  };
  const rows = element('tbody', {});
  const search = element('input', { id: 'search', type: 'search', on: { input: showNodes } });
  const more = element('button', { type: 'button', on: { click: showMore } }, 'Show more');
  let space;
  let nodes = new Map();
  let limit = ROWS;

  async function renew() {
    const [nextSpace, list] = await Promise.all([ask('GET', `spaces/${spaceId}`), ask('GET', `nodes?space=${spaceId}`)]);
    space = nextSpace;
    nodes = new Map(list.nodes.map((node) => [node.id, node]));
    showHead();
    showNodes();
  }

  const renewAll = sparingly(renew);

  async function update(events) {
    if (events.some((event) => event.spaceId === spaceId && event.kind === 'space' && event.change === 'removed'))
      return go('#/');
    const ids = [...new Set(events.flatMap(({ id }) => (id === undefined ? [] : [id])))];
    if (ids.length > ONE_BY_ONE) return renewAll();
    for (const node of await Promise.all(ids.map((id) => ask('GET', `nodes/${id}`).catch(() => undefined)))) keep(node);
    if (events.some((event) => CHANGES_SPACE.has(event.kind))) {
      space = await ask('GET', `spaces/${spaceId}`);
      showHead();
    }
    showNodes();
  }

  function keep(node) {
    if (node?.spaceId !== spaceId) return;
    const before = nodes.get(node.id);
    if (node.removed === undefined) nodes.set(node.id, node);
    else nodes.delete(node.id);
    const label = stateOf(node).label;
    if (before === undefined || stateOf(before).label !== label) announce(`${node.hostname}: ${label}`);
  }

  function showHead() {
    const room = space.rooms.find(({ id }) => id === roomId);
    const query = room === undefined ? '' : `?room=${room.id}`;
    fill(
      parts.head,
      pathTo(room && space),
      element('h1', {}, room?.name ?? space.name),
      element(
        'p',
        { class: 'actions' },
        element('a', { class: 'button primary', href: `#/spaces/${spaceId}/connect${query}` }, 'Connect nodes'),
        element('a', { class: 'button', href: `#/spaces/${spaceId}/tokens` }, 'Claim tokens'),
      ),
    );
    fill(parts.rooms, roomLinks(space, roomId));
  }

  function showNodes() {
    const words = search.value.trim().toLowerCase();
    const inRoom = [...nodes.values()].filter((node) => roomId === undefined || node.rooms.includes(roomId));
    const matching = inRoom.filter((node) => words === '' || textOf(node).includes(words));
    matching.sort((one, other) => one.hostname.localeCompare(other.hostname) || one.id.localeCompare(other.id));
    fillByKey(rows, matching.slice(0, limit), {
      keyOf: ({ id }) => id,
      versionOf: (node) => JSON.stringify([node.hostname, node.link, node.agentVersion, node.rooms, space.rooms]),
      make: (node) => nodeRow(node, space),
    });
    rows.closest('table').hidden = matching.length === 0;
    search.closest('p').hidden = inRoom.length <= 5;
    more.hidden = matching.length <= limit;
    parts.found.textContent = howMany(Math.min(limit, matching.length), inRoom.length);
    parts.found.hidden = inRoom.length === 0;
    fill(
      parts.empty,
      inRoom.length === 0
        ? nothingHere(space, roomId)
        : matching.length === 0 && 'No node has this in its name, version or address.',
    );
  }

  function showMore() {
    limit += ROWS;
    showNodes();
  }

  const content = [
    parts.head,
    parts.rooms,
    element('h2', {}, 'Nodes'),
    field({ label: 'Find nodes', control: search }),
    nodeTable(rows),
    parts.empty,
    parts.found,
    element('p', {}, more),
    element(
      'details',
      {},
      element('summary', {}, 'Change this space'),
      ...changes({ ask, go, again: renew }, { spaceId, roomId }),
    ),
  ];
  await renew();
  return { title: space.name, content, update, renew };
}

function roomLinks(space, roomId) {
  const link = (href, text, isHere) => element('li', {}, element('a', { href, 'aria-current': isHere && 'page' }, text));
  return element(
    'nav',
    { 'aria-label': 'Rooms' },
    element(
      'ul',
      { class: 'rooms' },
      link(`#/spaces/${space.id}`, `The whole space (${space.nodes.total})`, roomId === undefined),
      ...space.rooms.map(({ id, name, nodes }) => link(`#/spaces/${space.id}?room=${id}`, `${name} (${nodes})`, id === roomId)),
    ),
  );
}

function nodeTable(rows) {
  const heads = COLUMNS.map((name) => element('th', { scope: 'col' }, name));
  return element('table', { class: 'stacked' }, element('thead', {}, element('tr', {}, ...heads)), rows);
}

function nodeRow(node, space) {
  const roomNames = space.rooms.filter(({ id }) => node.rooms.includes(id)).map(({ name }) => name);
  const cells = [
    element('a', { href: `#/nodes/${node.id}`, id: `node-${node.id}` }, node.hostname),
    stateBadge(node),
    since(node),
    node.agentVersion ?? '',
    transportOf(node),
    node.link.address ?? '',
    roomNames.join(', '),
  ];
  return element('tr', {}, ...cells.map((cell, index) => element('td', { 'data-label': COLUMNS[index] }, cell)));
}

function nothingHere(space, roomId) {
  const connect = element(
    'a',
    { href: `#/spaces/${space.id}/connect${roomId === undefined ? '' : `?room=${roomId}`}` },
    'Connect nodes',
  );
  if (space.nodes.total === 0)
    return emptyState('No node is in this space yet.', connect, ' gives you the command for one, and shows how it appears.');
  return emptyState('No node is in this room.', connect, ', or open a node of the space and put it into this room.');
}

function changes({ ask, go, again }, { spaceId, roomId }) {
  const what = roomId === undefined ? `spaces/${spaceId}` : `spaces/${spaceId}/rooms/${roomId}`;
  const kind = roomId === undefined ? 'space' : 'room';
  return [
    form(
      {
        button: 'Add the room',
        class: 'narrow',
        async send({ name }, sent) {
          await ask('POST', `spaces/${spaceId}/rooms`, { name });
          sent.reset();
          await again();
        },
      },
      field({
        label: 'A new room',
        control: element('input', { id: 'room-name', name: 'name', required: true, maxlength: '100' }),
      }),
    ),
    form(
      {
        button: 'Rename',
        class: 'narrow',
        async send({ name }, sent) {
          await ask('PATCH', what, { name });
          sent.reset();
          await again();
        },
      },
      field({
        label: `Another name for this ${kind}`,
        control: element('input', { id: 'new-name', name: 'name', required: true, maxlength: '100' }),
      }),
    ),
    actionButton({
      label: `Remove this ${kind}`,
      class: 'danger',
      async run() {
        const text =
          kind === 'room' ? 'Its nodes stay in the space.' : 'Its rooms and claim tokens go with it. It must have no nodes.';
        if (!(await confirmed({ title: `Remove this ${kind}?`, text, yes: 'Remove it' }))) return;
        await ask('DELETE', what);
        go(kind === 'room' ? `#/spaces/${spaceId}` : '#/');
      },
    }),
  ];
}

function howMany(shown, all) {
  if (shown < all) return `${shown} of ${all} nodes`;
  return all === 1 ? '1 node' : `${all} nodes`;
}

function textOf({ hostname, agentVersion = '', link, id }) {
  return `${hostname} ${agentVersion} ${link.address ?? ''} ${id}`.toLowerCase();
}

const COLUMNS = ['Name', 'State', 'Since', 'Version', 'Transport', 'Address', 'Rooms'];
const ROWS = 200;
const ONE_BY_ONE = 20;
const CHANGES_SPACE = new Set(['space', 'room', 'claimed', 'moved', 'removed']);
