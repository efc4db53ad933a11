import type { UndoContext } from '../../src/steps/definition.ts';
import type { System } from '../../src/system/system.ts';

/** What a step gets from the engine. `said` has the sentences it proved, in order. */
export function stepContext(system: System, purpose: UndoContext['purpose'] = 'take-back'): UndoContext & { said: string[] } {
  const said: string[] = [];
  return { system, purpose, signal: new AbortController().signal, progress: () => {}, prove: (text) => said.push(text), said };
}
