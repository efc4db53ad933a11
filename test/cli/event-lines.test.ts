import { expect, test } from 'vitest';
import { pasteable } from '../../src/cli/advice.ts';
import { eventLines } from '../../src/cli/event-lines.ts';
import type { Outcome, RunEvent } from '../../src/engine/events.ts';
import { KickstartError } from '../../src/errors.ts';
import type { Goal } from '../../src/plan/plan.ts';

const at = 0;
const missing = new KickstartError('FETCH_FAILED', {
  what: 'json-c.tar.gz is not there.',
  why: 'The server said 404.',
  next: 'Try later.',
});
const started: RunEvent = { event: 'step-started', at, id: 'fetch-artifact:json-c', title: 'Fetch json-c 0.15' };
const id = started.id;

test.each<[string, RunEvent[], string[]]>([
  ['a step is named when it starts', [started], ['  Fetch json-c 0.15']],
  ['progress is no line', [started, { event: 'step-progress', at, id, text: '1 of 2 MB' }], ['  Fetch json-c 0.15']],
  ['a quick step needs no second line', [started, { event: 'step-done', at, id, seconds: 0.99 }], ['  Fetch json-c 0.15']],
  [
    'a slow step says how long it took',
    [started, { event: 'step-done', at, id, seconds: 12.345 }],
    ['  Fetch json-c 0.15', '  Fetch json-c 0.15: done (12.35 s)'],
  ],
  [
    'a proof stands with its time',
    [started, { event: 'step-proved', at, id, text: 'The agent is online.', seconds: 0.42 }],
    ['  Fetch json-c 0.15', '  ✓ The agent is online. (0.42 s)'],
  ],
  [
    'what somebody has to see to is no proof',
    [started, { event: 'step-warned', at, id, text: 'The agent could not be told.' }],
    ['  Fetch json-c 0.15', '  ! The agent could not be told.'],
  ],
  [
    'what is already so is said',
    [started, { event: 'step-already-so', at, id }],
    ['  Fetch json-c 0.15', '  Fetch json-c 0.15: already so'],
  ],
  [
    'what is left out is said, with its reason',
    [started, { event: 'step-skipped', at, id, because: 'There is no compiler.' }],
    ['  Fetch json-c 0.15', '  Fetch json-c 0.15: left out. There is no compiler.'],
  ],
  [
    'a failure says what is wrong, and an optional one its sentence',
    [started, { event: 'step-failed', at, id, error: missing, optional: 'Going on without Cloud.' }],
    ['  Fetch json-c 0.15', '  ✗ Fetch json-c 0.15: json-c.tar.gz is not there.', '  ! Going on without Cloud.'],
  ],
  [
    'taking back is said step by step',
    [
      { event: 'undo-started', at, reason: 'Taking back what was done.' },
      { event: 'step-undone', at, id, title: 'Fetch json-c 0.15' },
      { event: 'undo-failed', at, id: 'other', title: 'Create directory /x', error: new Error('EBUSY') },
    ],
    ['Taking back what was done.', '  Taken back: Fetch json-c 0.15', '  ✗ Not taken back: Create directory /x: EBUSY'],
  ],
  [
    'stages that follow each other with one title are one chapter',
    [
      { event: 'stage-started', at, title: 'Start' },
      { event: 'stage-started', at, title: 'Start' },
      { event: 'stage-started', at, title: 'Claim' },
    ],
    ['Start', 'Claim'],
  ],
  [
    'text from outside cannot steer the terminal',
    [{ event: 'step-started', at, id, title: 'Fetch \u001b[2J\nfake line\u202e' }],
    ['  Fetch \\x1b[2J\\nfake line\\u202e'],
  ],
])('%s', (_sentence, events, expected) => {
  const lines = eventLines();
  expect(events.flatMap(lines)).toEqual(expected);
});

test.each<[Outcome['state'], boolean, string]>([
  ['as-asked', true, 'Done (1.50 s).'],
  ['as-asked', false, 'Nothing had to be changed (1.50 s).'],
  ['undone', true, 'Not done; what was changed is taken back (1.50 s).'],
  ['kept', true, 'Not done; what was changed stays, and kickstart uninstall takes it away (1.50 s).'],
  ['not-claimed', true, 'Installed and running, but not proven to be online (1.50 s).'],
  ['stopped-undone', true, 'Stopped; what was changed is taken back (1.50 s).'],
  ['stopped-kept', true, 'Stopped; what was changed stays, and kickstart uninstall takes it away (1.50 s).'],
  ['undo-incomplete', true, 'Not done; some of what was changed could not be taken back (1.50 s).'],
])('a run that ends %s (changed: %s) says so, after its warnings with their cause, cure and code', (state, changed, line) => {
  const warnings = [{ sentence: 'Going on without Cloud.', error: missing }];
  const ended: RunEvent = { event: 'run-ended', at, outcome: { state, changed, warnings, proofs: [] }, seconds: 1.5 };
  expect(eventLines()(ended)).toEqual([
    '! Going on without Cloud.',
    '    json-c.tar.gz is not there.',
    '    The server said 404.',
    '    Try later.',
    '    FETCH_FAILED.',
    line,
  ]);
});

const stopped = new KickstartError('LINK_AGENT_STOPPED', { what: 'It does not run.', why: '', next: '' });
const offline = new KickstartError('LINK_NOT_ONLINE', { what: 'It is not online.', why: '', next: '' });

test.each<[Goal, Partial<Outcome> & Pick<Outcome, 'state'>, string]>([
  ['install', { state: 'not-claimed', error: offline }, 'Installed and running, but not proven to be online'],
  [
    'install',
    { state: 'not-claimed', error: stopped },
    'Installed, and the agent does not run, so it is not proven to be online',
  ],
  [
    'install',
    { state: 'not-claimed', error: stopped, tookBack: true },
    'Installed, and the agent does not run; the claim is not made, and what it had changed is taken back',
  ],
  ['claim', { state: 'not-claimed', error: stopped }, 'The agent does not run, so it is not proven to be online'],
  ['claim', { state: 'not-claimed', error: offline }, 'Not proven to be claimed and online'],
  ['claim', { state: 'not-claimed', tookBack: true }, 'The claim is not made, and what it had changed is taken back'],
  ['claim', { state: 'kept' }, 'Not done; what was changed stays, and the receipt has it'],
  ['unclaim', { state: 'stopped-kept' }, 'Stopped; what was changed stays, and the receipt has it'],
  ['upgrade', { state: 'kept' }, 'Not done; what was changed stays, and ./k uninstall --install /opt/x takes it away'],
])('the last line of a run of the kind %s says of the agent what was seen of it: %j', (goal, outcome, line) => {
  const lines = eventLines((text) => pasteable(text, { commandName: './k', named: { install: '/opt/x' } }));
  lines({ event: 'run-started', at, plan: { goal, title: 'A run', decisions: [], stages: [] } });
  const whole = { changed: true, warnings: [], proofs: [], ...outcome };
  expect(lines({ event: 'run-ended', at, outcome: whole, seconds: 1.5 })).toEqual([`${line} (1.50 s).`]);
});

test.each([
  [false, 'The claim is not made; what it had changed is taken back, and all is as it was (1.50 s).'],
  [true, 'Installed and running; the claim is not made, and what it had changed is taken back (1.50 s).'],
])(
  'a claim that was taken back says nothing of the link, which may be that of an earlier claim (changed: %s)',
  (changed, line) => {
    const outcome: Outcome = { state: 'not-claimed', changed, tookBack: true, warnings: [], proofs: [] };
    expect(eventLines()({ event: 'run-ended', at, outcome, seconds: 1.5 })).toEqual([line]);
  },
);

test('a warning whose error is none of ours is said with what the error says', () => {
  const warnings = [{ sentence: 'Going on without Cloud.', error: new Error('EIO: i/o error') }];
  const outcome: Outcome = { state: 'as-asked', changed: true, warnings, proofs: [] };
  const said = eventLines()({ event: 'run-ended', at, outcome, seconds: 1.5 });
  expect(said).toEqual(['! Going on without Cloud.', '    EIO: i/o error', 'Done (1.50 s).']);
});
