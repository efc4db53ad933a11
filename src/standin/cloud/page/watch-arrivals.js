import { element, fill, fillByKey } from './elements.js';
import { stateBadge } from './node-state.js';
import { stepList } from './step-list.js';
import { stepsOf } from './steps.js';

/** The nodes that are claimed into a space from now on, each with the steps that it takes; and the claims that are refused. */
export function watchArrivals({ ask, announce, spaceId }) {
  const waiting = element(
    'p',
    { class: 'waiting' },
    'Waiting for the node. It appears here by itself, as soon as the command runs.',
  );
  const list = element('ul', { class: 'cards' });
  const crowd = element('p', { class: 'help' });
  const refusals = element('ul', { class: 'notes' });
  const content = element(
    'section',
    { 'aria-label': 'Nodes that appear', hidden: true },
    element('h2', {}, 'Watch it appear'),
    waiting,
    list,
    crowd,
    refusals,
  );
  const nodes = new Map();
  const done = new Set();
  let startedAt;
  let others = 0;

  async function look(ids) {
    for (const node of await Promise.all(ids.map((id) => ask('GET', `nodes/${id}`).catch(() => undefined)))) {
      if (node?.spaceId !== spaceId) continue;
      if (!nodes.has(node.id)) announce(`${node.hostname} is claimed`);
      nodes.set(node.id, node);
      if (done.has(node.id) || !stepsOf(node.history).isDone) continue;
      done.add(node.id);
      announce(`${node.hostname} is online, and has sent data`);
    }
    waiting.hidden = nodes.size > 0 || others > 0;
    crowd.textContent = others === 0 ? '' : `More nodes came than are shown here: ${others}.`;
    fillByKey(list, [...nodes.values()], { keyOf: ({ id }) => id, versionOf: JSON.stringify, make: arrival });
  }

  async function renew() {
    if (startedAt === undefined) return;
    const answer = await ask('GET', `nodes?space=${spaceId}`);
    const arrived = answer.nodes.filter(({ claimedAt }) => claimedAt >= startedAt);
    others = Math.max(arrived.length - SHOWN, 0);
    await look(arrived.slice(0, SHOWN).map(({ id }) => id));
  }

  return {
    content,
    /** From this time on, by the clock of the Cloud. */
    async start(at) {
      startedAt ??= at;
      content.hidden = false;
      await renew();
    },
    renew,
    async update(events) {
      if (startedAt === undefined) return;
      const arrived = events.filter(({ kind, spaceId: space }) => kind === 'claimed' && space === spaceId).map(({ id }) => id);
      const known = events.flatMap(({ id }) => (nodes.has(id) ? [id] : []));
      const arriving = new Set(arrived.filter((id) => !nodes.has(id)));
      const room = Math.max(SHOWN - nodes.size, 0);
      others += Math.max(arriving.size - room, 0);
      const ids = new Set([...known, ...[...arriving].slice(0, room)]);
      if (ids.size > 0 || arriving.size > 0) await look([...ids]);
      fill(refusals, [...refusals.children], events.filter(isRefusedClaim).map(refusal));
      while (refusals.children.length > REFUSALS) refusals.firstElementChild.remove();
    },
  };
}

function arrival(node) {
  return element(
    'li',
    {},
    element('h3', {}, element('a', { href: `#/nodes/${node.id}` }, node.hostname)),
    element('p', {}, stateBadge(node)),
    stepList(node.history),
  );
}

function isRefusedClaim({ kind, method, path, status }) {
  return kind === 'request' && method === 'PUT' && path.includes('/api/v1/spaces/nodes/') && status >= 300;
}

function refusal({ address, status }) {
  return element(
    'li',
    {},
    `A claim from ${address} was refused with status ${status}. ${REASONS[status] ?? 'The node says why.'}`,
  );
}

const REFUSALS = 5;
const SHOWN = 50;
const REASONS = {
  403: 'Its token is wrong, expired, revoked or used up: make the command anew.',
  409: 'The node is claimed already, with another key or in another space: remove it there, or claim it with --new-id.',
  422: 'Its id, name, key or rooms were not right.',
  503: 'The disk of the Cloud is full, or it was told to refuse.',
};
