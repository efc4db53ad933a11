// Runs build-dependency on this machine in a process of its own, for tests that kill it. Says what happens as JSON lines, and stops at one point
// until it is told to go on, or to fail, by a line on its standard input.
import { createInterface } from 'node:readline';
import { type BuildDependencyStep, buildDependency } from '../../src/steps/build-dependency.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import type { System } from '../../src/system/system.ts';
import { stepContext } from './step-context.ts';

/** Where it stops. */
export type StopAt = 'fetching' | 'compiling' | 'laying out' | 'before the rename' | 'after the rename' | 'nowhere';

/** One line of what it says. */
export type Said =
  | { undo: unknown }
  | { progress: string }
  | { stopped: StopAt }
  | { proved: string }
  | { done: true }
  | { failed: string };

const [given = '{}', stopAt = 'nowhere'] = process.argv.slice(2);
// The cast: a test gives a step as JSON.
const step = JSON.parse(given) as BuildDependencyStep;
const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const system = stoppingSystem(createRealSystem({ environment: process.env }));

try {
  say({ undo: await buildDependency.inspect(step, system) });
  const prove = (proved: string) => say({ proved });
  await buildDependency.run(step, { ...stepContext(system), progress: (progress) => say({ progress }), prove });
  say({ done: true });
} catch (error) {
  say({ failed: String(error) });
}
process.stdin.destroy();

function stoppingSystem(real: System): System {
  return {
    ...real,
    async createFile(path, content, file) {
      if (path.includes('.part-')) await stop('fetching');
      if (path.startsWith(`${step.externalDirectory}/`)) await stop('laying out');
      await real.createFile(path, content, file);
    },
    async run(command, signal) {
      if (command.program === 'make') await stop('compiling');
      return real.run(command, signal);
    },
    async rename(from, to) {
      const isEntry = /\/built\/[0-9a-f]{64}$/.test(to);
      if (isEntry) await stop('before the rename');
      await real.rename(from, to);
      if (isEntry) await stop('after the rename');
    },
  };
}

async function stop(here: StopAt): Promise<void> {
  if (here !== stopAt) return;
  say({ stopped: here });
  const { value } = await orders.next();
  if (value === 'fail') throw new Error('It was told to fail.');
}

function say(line: Said): void {
  console.log(JSON.stringify(line));
}
