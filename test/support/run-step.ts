// Runs one part of one step on the machine it is started on, for tests that give it a machine of its own. Prints what came of it as one line of JSON.
import { type Step, stepDefinitions } from '../../src/steps/step.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { stepContext } from './step-context.ts';

const [kind = '', part = '', given = '{}'] = process.argv.slice(2);
// The cast: a test names a kind of step that there is, and gives it what it takes.
const definition = stepDefinitions[kind as Step['kind']] as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
const context = stepContext(createRealSystem({ environment: process.env }));
const result = await definition[part]?.(JSON.parse(given), part === 'inspect' ? context.system : context);
console.log(JSON.stringify({ result, said: context.said, warned: context.warned, added: context.added }));
