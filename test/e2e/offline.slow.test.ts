import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianRoot, debianRootRefusal } from '../support/debian-root.ts';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField } from './roots.ts';

const refusal = (await throwawayMachineRefusal()) ?? (await debianRootRefusal());
if (refusal !== undefined) console.warn(`SKIPPED: no machine without a network, or no archives for its bundle. ${refusal}`);
// Protobuf is compiled here once, and then kept: the libraries of this machine with the archives of bookworm.
const cache = resolve(import.meta.dirname, '../../test-output/cache-of-bundle');
const coldMilliseconds = 20 * 60 * 1000;

describe.skipIf(refusal !== undefined)(`a machine that reaches no other${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let field: Field;
  let bundle: string;

  beforeAll(async () => {
    const root = await debianRoot('bookworm');
    bundle = root.sources;
    mkdirSync(cache, { recursive: true });
    const tags = ['v1.31.0', 'v1.34.0'];
    field = await openField({ network: 'loopback', tags, pins: root.pins, readable: [bundle], writable: [cache] });
  });
  afterAll(() => field?.close());

  it.each(['v1.31.0', 'v1.34.0'])(
    'has an agent %s that is online, when the archives of its libraries are in a bundle',
    async (tag) => {
      field.mirror.setLatest(tag);
      const prefix = await field.newPrefix();
      const words = [...prefix.words, '--require-cloud', '--bundle', bundle, '--cache-directory', cache, ...field.claim.words];
      const installed = await field.kickstart(words, field.claim.environment);
      expect(installed.stderr).toBe('');
      expect(installed.exitCode, installed.stdout).toBe(0);
      expect(await prefix.info()).toMatchObject({ version: tag, 'agent-claimed': true, 'aclk-available': true });
    },
    coldMilliseconds,
  );
});
