import { connectCommand, connectNotes, urlForNodes } from './connect-command.js';
import { copyable } from './copyable.js';
import { choiceGroup, chosenOf, element, field, fill } from './elements.js';
import { expiresAt, expiryField } from './expiry.js';
import { form, pathTo, time } from './messages.js';
import { watchArrivals } from './watch-arrivals.js';

/** Connect nodes: what to paste where, with a token for it; then the nodes, as they appear. */
export async function showConnect({ ask, announce }, spaceId, roomId) {
  const [space, about] = await Promise.all([ask('GET', `spaces/${spaceId}`), ask('GET', 'about')]);
  const questions = askedOf({ space, about, roomId });
  const place = element('div', {});
  const arrivals = watchArrivals({ ask, announce, spaceId });
  let made;

  const content = form(
    {
      button: 'Make the command',
      async send({ expiry }, sent) {
        const end = expiresAt(expiry, Date.now());
        const name = `Connect nodes: ${PLATFORMS.find(({ value }) => value === platform())?.label}`;
        made = await ask('POST', `spaces/${spaceId}/tokens`, { name, ...(end !== undefined && { expiresAt: end }) });
        sent.querySelector('button[type=submit]').textContent = 'Make it with another token';
        showCommand();
        place.querySelector('h2').focus();
        await arrivals.start(made.token.createdAt);
      },
    },
    questions.platform,
    space.rooms.length > 0 && questions.rooms,
    questions.kickstart,
    questions.caFile,
    questions.proxy,
    questions.expiry,
  );
  content.addEventListener('input', () => {
    questions.kickstart.hidden = !['linux', 'macos'].includes(platform());
    if (made !== undefined) showCommand();
  });

  function platform() {
    return chosenOf(questions.platform)[0];
  }

  function showCommand() {
    const value = (name) => content.elements.namedItem(name).value.trim();
    const connection = {
      platform: platform(),
      token: made.secret,
      rooms: chosenOf(questions.rooms),
      url: urlForNodes(about.url, location.origin),
      caFile: value('caFile') || about.caFile,
      proxy: value('proxy'),
      kickstart: value('kickstart'),
    };
    const end = made.token.expiresAt;
    fill(
      place,
      element('h2', { tabindex: '-1' }, 'Paste this'),
      element(
        'p',
        {},
        'The claim token in it is shown this once. ',
        end === undefined ? 'It is good until you revoke it' : ['It expires ', time(end)],
        '; ',
        element('a', { href: `#/spaces/${spaceId}/tokens` }, 'Claim tokens'),
        ' has it as “',
        made.token.name,
        '”, and can revoke it.',
      ),
      ...connectCommand(connection).map(({ caption, text }) => [
        element('p', {}, caption),
        copyable({ text, label: caption, announce }),
      ]),
      element('ul', { class: 'notes' }, ...connectNotes(connection).map((note) => element('li', {}, note))),
    );
  }

  return {
    title: 'Connect nodes',
    content: [pathTo(space), element('h1', {}, 'Connect nodes'), content, place, arrivals.content],
    update: arrivals.update,
    renew: arrivals.renew,
  };
}

function askedOf({ space, about, roomId }) {
  const text = (id, attributes) => element('input', { id, name: id, spellcheck: 'false', autocapitalize: 'none', ...attributes });
  return {
    platform: choiceGroup({
      legend: 'What is the node?',
      name: 'platform',
      type: 'radio',
      choices: PLATFORMS,
      chosen: ['linux'],
    }),
    rooms: choiceGroup({
      legend: 'Rooms that it goes to',
      name: 'room',
      type: 'checkbox',
      choices: space.rooms.map(({ id, name }) => ({ value: id, label: name })),
      chosen: [roomId ?? space.rooms[0]?.id],
    }),
    kickstart: field({
      label: 'kickstart on that machine',
      help: 'The command that starts it there, such as ./scripts/kickstart.sh, or the address (https://…) where you serve its release.',
      control: text('kickstart', { value: about.kickstart }),
    }),
    caFile: field({
      label: 'The CA of this Cloud on that machine',
      help: ['This machine has it there. For another one, ', caDownload(about), ' and copy it.'],
      control: text('caFile', { value: about.caFile }),
    }),
    proxy: field({
      label: 'Proxy',
      help: 'Empty for none of its own: http://HOST:PORT or socks5h://HOST:PORT, with user:password@ before HOST where it asks for them.',
      control: text('proxy', { placeholder: 'none' }),
    }),
    expiry: expiryField('expiry'),
  };
}

function caDownload({ caPem }) {
  const url = URL.createObjectURL(new Blob([caPem], { type: 'application/x-pem-file' }));
  return element('a', { href: url, download: 'kickstart-cloud-ca.pem' }, 'download it');
}

const PLATFORMS = [
  { value: 'linux', label: 'Linux' },
  { value: 'macos', label: 'macOS' },
  { value: 'docker-run', label: 'Docker: run' },
  { value: 'docker-compose', label: 'Docker: Compose' },
  { value: 'kubernetes', label: 'Kubernetes' },
];
