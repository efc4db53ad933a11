import { expect, it } from 'vitest';
import { type FetchArtifactStep, fetchArtifact } from '../../src/steps/fetch-artifact.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
const path = `/cache/sources/${sha256}/hello.tar.gz`;
const step: FetchArtifactStep = {
  kind: 'fetch-artifact',
  title: 'hello 1.0',
  sources: [{ from: 'url', url: 'https://upstream.test/hello.tar.gz' }],
  sha256,
  path,
  workDirectory: '/work',
  keep: false,
};

function machine(): FakeSystem {
  return createFakeSystem({
    files: { '/cache': { directory: true }, '/work': { directory: true } },
    http: [{ url: 'https://upstream.test/hello.tar.gz', answer: { body: 'hello' } }],
  });
}

it('says what it fetches', () => {
  expect(fetchArtifact.describe(step)).toBe('Fetch hello 1.0 and verify its checksum');
});

it('fetches into the cache, and takes it away again, twice if need be', async () => {
  const system = machine();
  const before = system.tree();
  const undo = await fetchArtifact.inspect(step, system);
  await fetchArtifact.run(step, stepContext(system));
  expect(system.readText(path)).toBe('hello');
  for (const _ of [1, 2]) {
    if (undo) await fetchArtifact.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(before);
  }
});

it('leaves in a cache of the user what it put there', async () => {
  const system = machine();
  const undo = await fetchArtifact.inspect({ ...step, keep: true }, system);
  await fetchArtifact.run({ ...step, keep: true }, stepContext(system));
  const after = system.tree();
  if (undo) await fetchArtifact.undo(undo, stepContext(system));
  expect(system.tree()).toEqual(after);
});

it('has nothing to do when the right file is there, and something when it is another', async () => {
  const system = machine();
  system.place(path, 'hello');
  expect(await fetchArtifact.inspect(step, system)).toBeUndefined();
  system.place(path, 'other');
  expect(await fetchArtifact.inspect(step, system)).toMatchObject({ path, created: [] });
});
