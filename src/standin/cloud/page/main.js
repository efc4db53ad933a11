// The page: who is signed in, which view the address names, and what happens meanwhile.
import { createApi } from './api.js';
import { element, fill } from './elements.js';
import { createLive } from './live.js';
import { actionButton, errorMessage, renewTimes } from './messages.js';
import { showConnect } from './view-connect.js';
import { showNode } from './view-node.js';
import { showSignIn } from './view-sign-in.js';
import { showSpace } from './view-space.js';
import { showSpaces } from './view-spaces.js';
import { showTokens } from './view-tokens.js';

// A view gets a context and the ids of its address, and resolves with { title, content, update?, renew? }: `update` takes a batch of
// events, `renew` asks for everything anew after the connection was broken.
const VIEWS = [
  { pattern: /^#?\/?$/, show: showSpaces },
  { pattern: /^#\/spaces\/([^/?]+)(?:\?room=([^/?]+))?$/, show: showSpace },
  { pattern: /^#\/spaces\/([^/?]+)\/connect(?:\?room=([^/?]+))?$/, show: showConnect },
  { pattern: /^#\/spaces\/([^/?]+)\/tokens$/, show: showTokens },
  { pattern: /^#\/nodes\/([^/?]+)$/, show: showNode },
];

const [top, content, announcements] = ['top', 'content', 'announcements'].map((id) => document.getElementById(id));
// What went wrong with what came by itself.
const trouble = element('div');
const liveState = element('span', { class: 'live', role: 'status' });
const api = createApi();
const live = createLive({ onEvents, onState });
const context = {
  ask: api.ask,
  go(hash) {
    if (location.hash === hash) return show();
    location.hash = hash;
  },
  again: () => show(),
  /** For people who hear the page. */
  announce(text) {
    announcements.textContent = text;
  },
};
let view;
let shownCount = 0;

window.addEventListener('hashchange', () => show({ hasMoved: true }));
setInterval(renewTimes, 5000);
await show();

async function show({ hasMoved = false } = {}) {
  shownCount += 1;
  const number = shownCount;
  try {
    const session = await api.session();
    if (number !== shownCount) return;
    const next = session === undefined ? signIn() : await find(location.hash);
    if (number !== shownCount) return;
    view = next;
    showTop(session);
    if (session === undefined) live.stop();
    else live.start();
    document.title = `${next.title} · kickstart cloud`;
    fill(content, next.content, trouble);
    if (hasMoved) content.focus();
  } catch (error) {
    if (number !== shownCount) return;
    view = undefined;
    fill(content, errorMessage(error), element('p', {}, element('a', { href: '#/' }, 'To the spaces')));
    // Only when there was no answer at all is it worth asking again.
    if (error.status === 0) setTimeout(() => number === shownCount && show(), 3000);
  }
}

function find(hash) {
  for (const { pattern, show: showView } of VIEWS) {
    const match = pattern.exec(hash);
    if (match !== null) return showView(context, ...match.slice(1));
  }
  return {
    title: 'Nothing here',
    content: element('p', {}, 'Nothing is at this address. ', element('a', { href: '#/' }, 'To the spaces')),
  };
}

function signIn() {
  return showSignIn({ signIn: api.signIn, onSignedIn: () => show({ hasMoved: true }) });
}

function showTop(session) {
  const signOut = actionButton({
    label: 'Sign out',
    async run() {
      await api.signOut();
      await show({ hasMoved: true });
    },
  });
  fill(
    top,
    element('a', { class: 'brand', href: '#/' }, 'kickstart cloud'),
    session !== undefined && [
      element('nav', { 'aria-label': 'Main' }, element('a', { href: '#/' }, 'Spaces')),
      liveState,
      element('span', { class: 'who' }, `Signed in as ${session.name}`),
      signOut,
    ],
  );
}

async function onEvents(events) {
  try {
    await view?.update?.(events);
    fill(trouble);
  } catch (error) {
    if (error.status === 401) await show();
    else fill(trouble, errorMessage(error));
  }
}

async function onState(state) {
  const isLive = state !== 'broken';
  liveState.textContent = isLive ? 'Live' : 'Not live: the connection is broken, and is tried again';
  liveState.classList.toggle('broken', !isLive);
  if (state === 'live') return;
  // Signed out elsewhere, or the Cloud was ended: asking tells which.
  if (state === 'broken') {
    const session = await api.session().catch(() => 'unknown');
    if (session === undefined) await show();
    return;
  }
  await (view?.renew?.() ?? show());
}
