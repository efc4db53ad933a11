import { element, field, fillByKey } from './elements.js';
import { emptyState, form } from './messages.js';
import { sparingly } from './sparingly.js';

export async function showSpaces({ ask, go }) {
  const list = element('ul', { class: 'cards' });
  const empty = element('div', {});

  async function renew() {
    const { spaces } = await ask('GET', 'spaces');
    empty.replaceChildren(
      ...(spaces.length === 0 ? [emptyState('There is no space.', 'Make one below: nodes are connected to a space.')] : []),
    );
    fillByKey(list, spaces, { keyOf: ({ id }) => id, versionOf: JSON.stringify, make: card });
  }

  await renew();
  return {
    title: 'Spaces',
    content: [element('h1', {}, 'Spaces'), list, empty, newSpace({ ask, go })],
    update: sparingly(renew),
    renew,
  };
}

function card({ id, name, rooms, nodes }) {
  const { total, online, offline, neverConnected } = nodes;
  const counts =
    total === 0
      ? 'No nodes yet'
      : `${total} ${total === 1 ? 'node' : 'nodes'}: ${online} online, ${offline} offline, ${neverConnected} never connected`;
  return element(
    'li',
    {},
    element('h2', {}, element('a', { href: `#/spaces/${id}` }, name)),
    element('p', {}, counts),
    element('p', { class: 'help' }, rooms.length === 0 ? 'No rooms' : `Rooms: ${rooms.map((room) => room.name).join(', ')}`),
    element('p', {}, element('a', { href: `#/spaces/${id}/connect` }, 'Connect nodes')),
  );
}

function newSpace({ ask, go }) {
  return form(
    {
      button: 'Make the space',
      class: 'narrow',
      async send({ name }) {
        const { space } = await ask('POST', 'spaces', { name });
        go(`#/spaces/${space.id}`);
      },
    },
    element('h2', {}, 'A new space'),
    field({ label: 'Name', control: element('input', { id: 'space-name', name: 'name', required: true, maxlength: '100' }) }),
  );
}
