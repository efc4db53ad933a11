import { copyable } from './copyable.js';
import { element, field, fill, fillByKey } from './elements.js';
import { expiresAt, expiryField } from './expiry.js';
import { actionButton, confirmed, emptyState, form, pathTo, time } from './messages.js';
import { sparingly } from './sparingly.js';

/** The claim tokens of a space: made, given a new secret, revoked. A secret is on the page once, and nowhere else. */
export async function showTokens({ ask, announce }, spaceId) {
  const rows = element('tbody', {});
  const [empty, secretPlace, heading] = [
    element('div', {}),
    element('div', { 'aria-live': 'polite' }),
    element('h1', {}, 'Claim tokens'),
  ];
  const table = element(
    'table',
    { class: 'stacked' },
    element('thead', {}, element('tr', {}, ...COLUMNS.map((name) => element('th', { scope: 'col' }, name)))),
    rows,
  );
  const space = await ask('GET', `spaces/${spaceId}`);

  async function renew() {
    const { tokens } = await ask('GET', `spaces/${spaceId}/tokens`);
    fillByKey(rows, tokens, { keyOf: ({ id }) => id, versionOf: JSON.stringify, make: row });
    table.hidden = tokens.length === 0;
    fill(
      empty,
      tokens.length === 0 &&
        emptyState('This space has no claim token.', 'Make one below, or choose Connect nodes, which makes one for its command.'),
    );
  }

  function showSecret({ token, secret }) {
    fill(
      secretPlace,
      element(
        'section',
        { class: 'secret' },
        element('h2', {}, `The token ${token.name}`),
        element('p', {}, 'It is shown this once, and kept by the Cloud as a hash only. Copy it now.'),
        copyable({ text: secret, label: 'The claim token', announce }),
      ),
    );
  }

  function row(token) {
    const path = `spaces/${spaceId}/tokens/${token.id}`;
    const cells = [
      element('strong', {}, token.name),
      token.hint === '' ? '' : `…${token.hint}`,
      element('span', { class: `state ${STATES[token.state].kind}` }, STATES[token.state].label),
      token.expiresAt === undefined ? 'Never' : time(token.expiresAt),
      token.maximumClaims === undefined ? `${token.claims}` : `${token.claims} of ${token.maximumClaims}`,
      element(
        'div',
        { class: 'actions' },
        token.state !== 'expired' &&
          actionButton({ label: 'Regenerate', 'aria-label': `Regenerate ${token.name}`, run: () => regenerate(token, path) }),
        token.state !== 'revoked' &&
          actionButton({
            label: 'Revoke',
            class: 'danger',
            'aria-label': `Revoke ${token.name}`,
            run: () => revoke(token, path),
          }),
      ),
    ];
    return element('tr', {}, ...cells.map((cell, index) => element('td', { 'data-label': COLUMNS[index] }, cell)));
  }

  async function regenerate(token, path) {
    const text = 'The token that is out there is no longer good. Nodes that are connected stay connected.';
    if (!(await confirmed({ title: `Regenerate ${token.name}?`, text, yes: 'Regenerate it' }))) return;
    showSecret(await ask('POST', `${path}/regenerate`));
    await renew();
  }

  async function revoke(token, path) {
    const text = 'No node can be claimed with it any more. Nodes that are connected stay connected.';
    if (!(await confirmed({ title: `Revoke ${token.name}?`, text, yes: 'Revoke it' }))) return;
    await ask('DELETE', path);
    announce(`${token.name} is revoked`);
    await renew();
  }

  const renewSparingly = sparingly(renew);
  await renew();
  return {
    title: 'Claim tokens',
    content: [pathTo(space), heading, secretPlace, table, empty, newToken({ ask, spaceId, showSecret, renew })],
    update: (events) => (events.some(({ kind }) => kind === 'token' || kind === 'claimed') ? renewSparingly() : undefined),
    renew,
  };
}

function newToken({ ask, spaceId, showSecret, renew }) {
  return form(
    {
      button: 'Make the token',
      class: 'narrow',
      async send({ name, expiry, maximumClaims }, sent) {
        const end = expiresAt(expiry, Date.now());
        const made = await ask('POST', `spaces/${spaceId}/tokens`, {
          name,
          ...(end !== undefined && { expiresAt: end }),
          ...(maximumClaims !== '' && { maximumClaims: Number(maximumClaims) }),
        });
        sent.reset();
        showSecret(made);
        await renew();
      },
    },
    element('h2', {}, 'A new token'),
    field({ label: 'Name', control: element('input', { id: 'token-name', name: 'name', required: true, maxlength: '100' }) }),
    expiryField('token-expiry'),
    field({
      label: 'For how many nodes at most',
      control: element('input', { id: 'token-maximum', name: 'maximumClaims', type: 'number', min: '1', inputmode: 'numeric' }),
      help: 'Empty: as many as you like.',
    }),
  );
}

const COLUMNS = ['Name', 'Ends in', 'State', 'Expires', 'Claims', 'Change'];
const STATES = {
  good: { kind: 'online', label: 'Good' },
  expired: { kind: 'offline', label: 'Expired' },
  revoked: { kind: 'offline', label: 'Revoked' },
  'used-up': { kind: 'offline', label: 'Used up' },
};
