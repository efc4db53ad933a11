import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianRoot, debianRootRefusal } from '../support/debian-root.ts';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField } from './roots.ts';

const refusal = (await throwawayMachineRefusal()) ?? (await debianRootRefusal());
if (refusal !== undefined) console.warn(`SKIPPED: no machine without a network, or no archives for its bundle. ${refusal}`);

describe.skipIf(refusal !== undefined)(`a machine that reaches no other${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let field: Field;
  let bundle: string;

  beforeAll(async () => {
    const root = await debianRoot('bookworm');
    bundle = root.sources;
    field = await openField({ network: 'loopback', tags: ['v1.31.0'], pins: root.pins, readable: [bundle] });
  });
  afterAll(() => field?.close());

  it('has an agent that is online, when the archives of its libraries are in a bundle', async () => {
    const prefix = await field.newPrefix();
    const words = [...prefix.words, '--require-cloud', '--bundle', bundle, ...field.claim.words];
    const installed = await field.kickstart(words, field.claim.environment);
    expect(installed.stderr).toBe('');
    expect(installed.exitCode, installed.stdout).toBe(0);
    expect(await prefix.info()).toMatchObject({ version: 'v1.31.0', 'agent-claimed': true, 'aclk-available': true });
  });
});
