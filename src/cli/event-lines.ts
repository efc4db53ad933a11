import type { Outcome, RunEvent } from '../engine/events.ts';
import { isKickstartError } from '../errors.ts';
import { printable } from '../system/printable.ts';

/** Makes a function from one event to the lines that say it, for all events of one run in order; it remembers titles. */
export function eventLines(): (event: RunEvent) => string[] {
  const titles = new Map<string, string>();
  let stage = '';
  return (event) => {
    if ('title' in event && 'id' in event) titles.set(event.id, event.title);
    if (event.event === 'stage-started') {
      // Neighbours with one title are one chapter to the reader.
      const isNew = event.title !== stage;
      stage = event.title;
      return isNew ? [printable(event.title)] : [];
    }
    return linesOf(event, 'id' in event ? (titles.get(event.id) ?? event.id) : '').map(printable);
  };
}

function linesOf(event: Exclude<RunEvent, { event: 'stage-started' }>, title: string): string[] {
  switch (event.event) {
    case 'run-started':
      return [event.plan.title, ...event.plan.decisions.map((decision) => `  ${decision}`)];
    case 'step-started':
      return [`  ${title}`];
    case 'step-progress':
      return []; // a log is not the place for every per cent
    case 'step-proved':
      return [proofLine(event)];
    case 'step-warned':
      return [`  ! ${event.text}`];
    case 'step-done':
      return event.seconds < WORTH_SAYING_SECONDS ? [] : [`  ${title}: done (${event.seconds.toFixed(2)} s)`];
    case 'step-already-so':
      return [`  ${title}: already so`];
    case 'step-skipped':
      return [`  ${title}: left out. ${event.because}`];
    case 'step-failed':
      return [`  ✗ ${title}: ${briefly(event.error)}`, ...(event.optional === undefined ? [] : [`  ! ${event.optional}`])];
    case 'undo-started':
      return [event.reason];
    case 'step-undone':
      return [`  Taken back: ${title}`];
    case 'undo-failed':
      return [`  ✗ Not taken back: ${title}: ${briefly(event.error)}`];
    case 'run-ended':
      return [...event.outcome.warnings.flatMap(warningLines), endLine(event.outcome, event.seconds)];
  }
}

/** "  ✓ The agent is online. (0.42 s)": the time since the run, or the step, started, as the event says. */
function proofLine({ text, seconds }: { text: string; seconds: number }): string {
  return `  ✓ ${text} (${seconds.toFixed(2)} s)`;
}

/** The one sentence that says what is wrong. The whole explanation is `explain-error.ts`. */
export function briefly(error: Error): string {
  return isKickstartError(error) ? error.what : error.message;
}

/** The sentence again, and below it what happened, why, what to do next, and the code. */
function warningLines({ sentence, error }: Outcome['warnings'][number]): string[] {
  const { what, why, next, code } = isKickstartError(error) ? error : { what: error.message, why: '', next: '', code: '' };
  const explanation = [what, why, next, code && `${code}.`].flatMap((text) => text.split('\n')).filter(Boolean);
  return [`! ${sentence}`, ...explanation.map((line) => `    ${line}`)];
}

function endLine({ state, changed, tookBack }: Outcome, seconds: number): string {
  if (state === 'as-asked' && !changed) return `Nothing had to be changed (${seconds.toFixed(2)} s).`;
  if (state === 'not-claimed' && tookBack) return `${changed ? noClaim : noClaimNorChange} (${seconds.toFixed(2)} s).`;
  return `${endings[state]} (${seconds.toFixed(2)} s).`;
}

const WORTH_SAYING_SECONDS = 1;

// The agent may have its earlier claim again, and be online with that.
const noClaim = 'Installed and running; the claim is not made, and what it had changed is taken back';
const noClaimNorChange = 'The claim is not made; what it had changed is taken back, and all is as it was';

const endings: Readonly<Record<Outcome['state'], string>> = {
  'as-asked': 'Done',
  undone: 'Not done; what was changed is taken back',
  kept: 'Not done; what was changed stays, and kickstart uninstall takes it away',
  'not-claimed': 'Installed and running, but not proven to be online',
  'stopped-undone': 'Stopped; what was changed is taken back',
  'stopped-kept': 'Stopped; what was changed stays, and kickstart uninstall takes it away',
  'undo-incomplete': 'Not done; some of what was changed could not be taken back',
};
