import type { RunContext, UndoContext } from '../../src/steps/definition.ts';
import type { System } from '../../src/system/system.ts';

interface TestContext extends UndoContext, RunContext {
  /** The sentences it proved, in order. */
  said: string[];
  /** The sentences that somebody has to see to. */
  warned: string[];
  /** The sentences about what it left. */
  left: string[];
  /** What it put into the undo while it ran. */
  added: object;
}

/** What a step gets from the engine. */
export function stepContext(system: System, purpose: UndoContext['purpose'] = 'take-back'): TestContext {
  const said: string[] = [];
  const warned: string[] = [];
  const left: string[] = [];
  const added = {};
  return {
    ...{ system, purpose, said, warned, left, added },
    signal: new AbortController().signal,
    progress: () => {},
    prove: (text) => said.push(text),
    warn: (text) => warned.push(text),
    leave: (text) => left.push(text),
    unfinished: () => undefined,
    addToUndo: async (more) => {
      Object.assign(added, more);
    },
  };
}
