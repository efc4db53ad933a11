import type { Outcome, RunEvent } from '../engine/events.ts';
import { isKickstartError } from '../errors.ts';
import type { Goal } from '../plan/plan.ts';
import { printable } from '../system/printable.ts';

/** Makes a function from one event to the lines that say it, for all events of one run in order; it remembers titles. */
export function eventLines(say = (text: string) => text): (event: RunEvent) => string[] {
  const titles = new Map<string, string>();
  let goal: Goal = 'install';
  let stage = '';
  return (event) => {
    if (event.event === 'run-started') goal = event.plan.goal;
    if ('title' in event && 'id' in event) titles.set(event.id, event.title);
    if (event.event === 'stage-started') {
      // Neighbours with one title are one chapter to the reader.
      const isNew = event.title !== stage;
      stage = event.title;
      return isNew ? [printable(event.title)] : [];
    }
    return linesOf(event, { goal, title: 'id' in event ? (titles.get(event.id) ?? event.id) : '' }).map((line) =>
      printable(say(line)),
    );
  };
}

/** What is known of the run from earlier events. */
interface Known {
  goal: Goal;
  title: string;
}

function linesOf(event: Exclude<RunEvent, { event: 'stage-started' }>, { goal, title }: Known): string[] {
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
      return [...event.outcome.warnings.flatMap(warningLines), `${ending(event.outcome, goal)} (${event.seconds.toFixed(2)} s).`];
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

function ending(outcome: Outcome, goal: Goal): string {
  const { state, changed } = outcome;
  if (state === 'as-asked' && !changed) return 'Nothing had to be changed';
  if (state === 'not-claimed') return notOnline(outcome, goal);
  return isOfClaim(goal) ? (endingsOfClaim[state] ?? endings[state]) : endings[state];
}

/** Says of the agent what was seen of it: one that was here before the claim may be stopped. */
function notOnline({ changed, tookBack, error }: Outcome, goal: Goal): string {
  if (tookBack && !changed) return 'The claim is not made; what it had changed is taken back, and all is as it was';
  if (isOfClaim(goal) && tookBack) return 'The claim is not made, and what it had changed is taken back';
  const stops = isKickstartError(error, 'LINK_AGENT_STOPPED');
  if (isOfClaim(goal))
    return stops ? 'The agent does not run, so it is not proven to be online' : 'Not proven to be claimed and online';
  const agent = stops ? 'Installed, and the agent does not run' : 'Installed and running';
  // The agent may have its earlier claim again, and be online with that.
  if (tookBack) return `${agent}; the claim is not made, and what it had changed is taken back`;
  return stops ? `${agent}, so it is not proven to be online` : `${agent}, but not proven to be online`;
}

function isOfClaim(goal: Goal): boolean {
  return goal === 'claim' || goal === 'unclaim';
}

const WORTH_SAYING_SECONDS = 1;

// kickstart did not install that agent, or an install is not what was asked for: an uninstall would take away more than this run did.
const endingsOfClaim: Readonly<Partial<Record<Outcome['state'], string>>> = {
  kept: 'Not done; what was changed stays, and the receipt has it',
  'stopped-kept': 'Stopped; what was changed stays, and the receipt has it',
};

const endings: Readonly<Record<Exclude<Outcome['state'], 'not-claimed'>, string>> = {
  'as-asked': 'Done',
  undone: 'Not done; what was changed is taken back',
  kept: 'Not done; what was changed stays, and kickstart uninstall takes it away',
  'stopped-undone': 'Stopped; what was changed is taken back',
  'stopped-kept': 'Stopped; what was changed stays, and kickstart uninstall takes it away',
  'undo-incomplete': 'Not done; some of what was changed could not be taken back',
};
