// What people are told: refusals, questions, and times that go on.
import { element } from './elements.js';
import { fromNow } from './time.js';

/** What happened, why, what to do next. */
export function errorMessage({ what = 'This page has a fault.', why = '', next = 'Load the page again.', message }) {
  return element(
    'div',
    { class: 'error', role: 'alert' },
    element('p', {}, element('strong', {}, what)),
    element('p', {}, why || message || ''),
    element('p', {}, next),
  );
}

/** What an empty list says: that it is empty, and what to do next. */
export function emptyState(what, ...next) {
  return element('div', { class: 'empty' }, element('p', {}, element('strong', {}, what)), element('p', {}, ...next));
}

/** A time that is told from now, and exactly to who points at it. */
export function time(at) {
  return element('time', { datetime: at, title: exactly(at), 'data-from-now': true }, fromNow(at, Date.now()));
}

export function exactTime(at) {
  return element('time', { datetime: at }, exactly(at));
}

function exactly(at) {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Tells all times anew. */
export function renewTimes() {
  for (const shown of document.querySelectorAll('time[data-from-now]')) {
    const text = fromNow(shown.dateTime, Date.now());
    if (shown.textContent !== text) shown.textContent = text;
  }
}

/** Resolves with true when the person says yes. */
export function confirmed({ title, text, yes }) {
  return new Promise((resolve) => {
    const dialog = element(
      'dialog',
      { 'aria-labelledby': 'question', on: { close: () => answer(dialog.returnValue === 'yes') } },
      element(
        'form',
        { method: 'dialog' },
        element('h2', { id: 'question' }, title),
        element('p', {}, text),
        element(
          'p',
          { class: 'actions' },
          element('button', { value: 'no' }, 'Leave it'),
          element('button', { value: 'yes', class: 'danger' }, yes),
        ),
      ),
    );
    function answer(isYes) {
      dialog.remove();
      resolve(isYes);
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A form that does one thing; its refusal is shown below it. `send` gets the form's values. */
export function form({ button, send, ...attributes }, ...children) {
  const failure = element('div');
  const submit = element('button', { type: 'submit', class: 'primary' }, button);
  const made = element('form', attributes, ...children, element('p', { class: 'actions' }, submit), failure);
  const run = oneAtATime({ button: submit, failure, run: () => send(Object.fromEntries(new FormData(made)), made) });
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    run();
  });
  return made;
}

/** A button that does something at once; its refusal is shown after it. */
export function actionButton({ label, run, ...attributes }) {
  const failure = element('span');
  const button = element('button', { type: 'button', ...attributes }, label);
  button.addEventListener('click', oneAtATime({ button, failure, run }));
  return element('span', { class: 'action' }, button, failure);
}

// Not disabled meanwhile: that would take the focus away from who uses the keyboard.
function oneAtATime({ button, failure, run }) {
  return async () => {
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    failure.replaceChildren();
    try {
      await run();
    } catch (error) {
      failure.replaceChildren(errorMessage(error));
    } finally {
      button.removeAttribute('aria-busy');
    }
  };
}

/** The line above a view that leads back: to all spaces, and to one of them. */
export function pathTo(space) {
  return element(
    'p',
    { class: 'path' },
    element('a', { href: '#/' }, 'Spaces'),
    space && [' / ', element('a', { href: `#/spaces/${space.id}` }, space.name)],
  );
}
