// Makes elements. Texts are always texts, never HTML.

/**
 * element('button', { type: 'button', on: { click } }, 'Copy'). Children that are undefined or false are left out, lists are flattened.
 * A property that is true or a text becomes an attribute; undefined and false do not.
 */
export function element(name, { on = {}, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  for (const [kind, listener] of Object.entries(on)) made.addEventListener(kind, listener);
  made.append(...shown(children));
  return made;
}

/** Puts new children in the place of all there are. */
export function fill(parent, ...children) {
  parent.replaceChildren(...shown(children));
}

/**
 * Makes the children of `parent` those of `items`, in their order. What was there for a key stays, so that focus and selection do, too;
 * it is made anew only when its text from `versionOf` is another.
 */
export function fillByKey(parent, items, { keyOf, versionOf, make }) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let last = null;
  for (const item of items) {
    const [key, version] = [keyOf(item), versionOf(item)];
    const kept = before.get(key);
    before.delete(key);
    const isSame = kept?.dataset.version === version;
    const child = isSame ? kept : make(item);
    if (!isSame) Object.assign(child.dataset, { key, version });
    if (kept !== undefined && !isSame) replaceKeepingFocus(kept, child);
    const place = last === null ? parent.firstElementChild : last.nextElementSibling;
    if (place !== child) parent.insertBefore(child, place);
    last = child;
  }
  for (const child of before.values()) child.remove();
}

/** A control with its label, and what helps to fill it in. */
export function field({ label, help, control }) {
  const helpId = help === undefined ? undefined : `${control.id}-help`;
  if (helpId !== undefined) control.setAttribute('aria-describedby', helpId);
  return element(
    'p',
    { class: 'field' },
    element('label', { for: control.id }, label),
    control,
    help !== undefined && element('span', { class: 'help', id: helpId }, help),
  );
}

/** Check boxes or radio buttons under a heading. `choices` are { value, label }. */
export function choiceGroup({ legend, name, type, choices, chosen }) {
  const options = choices.map(({ value, label }) =>
    element('label', { class: 'choice' }, element('input', { type, name, value, checked: chosen.includes(value) }), ` ${label}`),
  );
  return element('fieldset', {}, element('legend', {}, legend), ...options);
}

export function chosenOf(group) {
  return [...group.querySelectorAll('input:checked')].map(({ value }) => value);
}

function shown(children) {
  return children.flat(2).filter((child) => child !== undefined && child !== null && child !== false);
}

function replaceKeepingFocus(before, after) {
  const focused = before.contains(document.activeElement) ? document.activeElement : undefined;
  before.replaceWith(after);
  if (focused?.id) document.getElementById(focused.id)?.focus();
  else if (focused !== undefined) (after.querySelector('a, button') ?? after).focus();
}
