import { Writable } from 'node:stream';
import { DefaultRenderer, Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import type { RunEvent } from '../engine/events.ts';
import type { Stage } from '../plan/plan.ts';
import { printable } from '../system/printable.ts';
import { briefly, eventLines } from './event-lines.ts';
import type { View, Write } from './view.ts';

/**
 * A list on the terminal with a row for each step, drawn by listr2. Each row's task is a promise that the step's event settles:
 * the rows wait, the engine works. What comes before the first step and after the last is printed as plain lines.
 */
export function viewListr({ write, columns, say }: ListrSurroundings): View {
  const lines = eventLines(say);
  const rows = new Map<string, Row>();
  let stages: readonly Stage[] = [];
  let list: Promise<unknown> | undefined;
  let isListOpen = false;
  let printed = Promise.resolve();

  function startList() {
    for (const { id } of stages.flatMap(({ steps }) => steps)) rows.set(id, newRow());
    list = newList(stages, rows, { write, columns }).run();
    isListOpen = true;
    printed = list.then(() => {});
  }

  function closeList() {
    isListOpen = false;
    for (const row of rows.values()) row.leaveOut();
  }

  // A plain line waits for the end of the list, which would draw over it.
  function print(text: string) {
    if (list === undefined) write(text);
    else printed = printed.then(() => write(text));
  }

  return {
    draw: (event) => {
      if (event.event === 'run-started') stages = event.plan.stages;
      if (event.event === 'stage-started' && list === undefined) startList();
      if (event.event === 'undo-started' || event.event === 'run-ended') closeList();
      const row = isListOpen && 'id' in event ? rows.get(event.id) : undefined;
      row?.draw(event);
      const text = lines(event).map((line) => `${line}\n`);
      if (row === undefined && event.event !== 'stage-started') print(text.join(''));
    },
    finish: async () => {
      closeList();
      await printed;
    },
  };
}

interface ListrSurroundings {
  write: Write;
  columns: number;
  /** Makes the command lines in a text those of this machine. */
  say?(text: string): string;
}

type Task = ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>;

interface Row {
  draw(event: RunEvent): void;
  /** The run ends; a step that it has not come to by now gets no row, and one in the middle no end. */
  leaveOut(): void;
  isLeftOut(): boolean;
  /** What listr2 waits for once it has come to the row; the engine may be further by then. */
  wait(task: Task): Promise<void>;
}

function newRow(): Row {
  const drawn = Promise.withResolvers<Task>();
  const settled = Promise.withResolvers<void>();
  settled.promise.catch(() => {}); // listr2 may never come to the row, and then nobody else looks at it
  const change = (how: (task: Task) => void) => void drawn.promise.then(how);
  let title = '';
  let isSettled = false;
  let isLeftOut = false;
  let isWarned = false;
  const settle = (end: () => void) => {
    isSettled = true;
    end();
  };
  return {
    draw: (event) => {
      if (event.event === 'step-started') title = printable(event.title);
      if (event.event === 'step-warned') isWarned = true;
      change((task) => drawInto(task, title, event));
      // A row that was skipped has a warning sign in place of the tick.
      if (event.event === 'step-done' && isWarned) change((task) => task.skip());
      if (event.event === 'step-failed') settle(() => settled.reject(new Error(failureText(event))));
      if (['step-done', 'step-already-so', 'step-skipped'].includes(event.event)) settle(settled.resolve);
    },
    leaveOut: () => {
      if (isSettled) return;
      isLeftOut = true;
      change((task) => task.skip());
      settle(settled.resolve);
    },
    isLeftOut: () => isLeftOut,
    wait: (task) => {
      drawn.resolve(task);
      return settled.promise;
    },
  };
}

function drawInto(task: Task, title: string, event: RunEvent) {
  if (event.event === 'step-started') task.title = title;
  if (event.event === 'step-progress') task.title = `${title}: ${printable(event.text)}`;
  if (event.event === 'step-proved') task.output = `✓ ${printable(event.text)} (${event.seconds.toFixed(2)} s)`;
  if (event.event === 'step-warned') task.output = `! ${printable(event.text)}`;
  if (event.event === 'step-done') task.title = `${title} (${event.seconds.toFixed(2)} s)`;
  if (event.event === 'step-failed') task.title = title;
  if (event.event === 'step-already-so') task.title = `${title}: already so`;
  if (event.event === 'step-skipped') {
    task.title = `${title || event.id}: ${printable(event.because)}`;
    task.skip();
  }
}

function failureText({ error, optional }: { error: Error; optional?: string }): string {
  const sentence = printable(briefly(error));
  return optional === undefined ? sentence : `${sentence}\n${printable(optional)}`;
}

function newList(
  stages: readonly Stage[],
  rows: ReadonlyMap<string, Row>,
  { write, columns }: { write: Write; columns: number },
) {
  const terminal = Object.assign(new Writable({ write: (chunk, _encoding, done) => done(void write(String(chunk))) }), {
    columns,
  });
  const processOutput = new ProcessOutput(terminal as unknown as NodeJS.WriteStream, terminal as unknown as NodeJS.WriteStream);
  return new Listr(
    stages.map(({ steps }) => ({
      // Without a title the stage is no row itself. Its steps all wait at once; the engine knows which of them may run.
      task: (_context: unknown, stage: Task) =>
        stage.newListr(
          steps.map(({ id }) => ({
            title: id,
            enabled: () => rows.get(id)?.isLeftOut() === false,
            task: (_: unknown, task: Task) => rows.get(id)?.wait(task),
            rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
          })),
          { concurrent: true },
        ),
    })),
    {
      renderer: DecidedRenderer,
      rendererOptions: {
        ...{ collapseErrors: false, collapseSkips: false, showSkipMessage: false },
        logger: new ListrLogger({ useIcons: true, toStderr: [], processOutput }),
      },
      // A failed row ends nothing: what happens next is the engine's to decide, and comes as events.
      exitOnError: false,
      // On SIGINT listr2 would call process.exit(127) itself, before the engine can save the receipt.
      registerSignalListeners: false,
    },
  );
}

/** listr2 looks at process.stdout to see whether it may draw; `chooseView` has decided that already. */
class DecidedRenderer extends DefaultRenderer {
  static override nonTTY = true;
}
