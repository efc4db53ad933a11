import { element } from './elements.js';
import { stepsOf } from './steps.js';
import { duration } from './time.js';

/** Each step from the claim to the first data, and how long it took. */
export function stepList(history) {
  const { steps, totalMilliseconds, isDone } = stepsOf(history);
  const items = steps.map(({ title, state, afterMilliseconds }) =>
    element(
      'li',
      { class: state.replace(' ', '-') },
      element('span', { class: 'mark', 'aria-hidden': true }, MARKS[state]),
      ' ', // for who hears it, or copies it
      element('span', {}, title),
      ' ',
      element('span', { class: 'took' }, state === 'done' ? took(afterMilliseconds) : WORDS[state]),
    ),
  );
  const sum = isDone ? `From the claim to the first data: ${duration(totalMilliseconds)}` : 'Not there yet';
  return [element('ol', { class: 'steps' }, ...items), element('p', { class: 'help' }, sum)];
}

function took(milliseconds) {
  return milliseconds === undefined ? 'done' : `after ${duration(milliseconds)}`;
}

const MARKS = { done: '✓', waiting: '…', 'passed over': '–' };
const WORDS = { waiting: 'waiting', 'passed over': 'went without' };
