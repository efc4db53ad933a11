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
  const exact = new Date(at).toLocaleString();
  return element('time', { datetime: at, title: exact, 'data-from-now': true }, fromNow(at, Date.now()));
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
  const failure = element('div', {});
  const submit = element('button', { type: 'submit', class: 'primary' }, button);
  const made = element('form', attributes, ...children, element('p', { class: 'actions' }, submit), failure);
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    submit.disabled = true;
    failure.replaceChildren();
    try {
      await send(Object.fromEntries(new FormData(made)), made);
    } catch (error) {
      failure.replaceChildren(errorMessage(error));
    } finally {
      submit.disabled = false;
    }
  });
  return made;
}

/** A button that does something at once; its refusal is shown after it. */
export function actionButton({ label, run, ...attributes }) {
  const failure = element('span', {});
  const button = element('button', { type: 'button', ...attributes }, label);
  button.addEventListener('click', async () => {
    button.disabled = true;
    failure.replaceChildren();
    try {
      await run();
    } catch (error) {
      failure.replaceChildren(errorMessage(error));
    } finally {
      button.disabled = false;
    }
  });
  return element('span', { class: 'action' }, button, failure);
}
