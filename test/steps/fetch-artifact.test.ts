import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { type FetchArtifactStep, fetchArtifact } from '../../src/steps/fetch-artifact.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';
import { tarArchive } from '../support/tar-archive.ts';

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

const archive = tarArchive([{ path: 'hello-1.0/README', content: 'read me' }]);
const archiveSha256 = createHash('sha256').update(archive).digest('hex');
const archivePath = `/cache/sources/${archiveSha256}/hello.tar.gz`;
const unpacking: FetchArtifactStep = {
  ...{ ...step, sha256: archiveSha256, path: archivePath },
  unpack: { destination: '/work/agent', stripComponents: 1 },
};

function machineWithArchive(readOnly: readonly string[] = []): FakeSystem {
  return createFakeSystem({
    files: { '/cache': { directory: true }, '/work': { directory: true } },
    http: [{ url: 'https://upstream.test/hello.tar.gz', answer: { body: archive } }],
    readOnly,
  });
}

it('unpacks what it fetches, and takes both away again, twice if need be', async () => {
  const system = machineWithArchive();
  const before = system.tree();
  const undo = await fetchArtifact.inspect(unpacking, system);
  await fetchArtifact.run(unpacking, stepContext(system));
  expect(system.readText('/work/agent/README')).toBe('read me');
  expect(await fetchArtifact.inspect(unpacking, system)).toBeUndefined();
  for (const _ of [1, 2]) {
    if (undo) await fetchArtifact.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(before);
  }
});

it('unpacks what is in the cache already, and leaves it there', async () => {
  const system = machineWithArchive();
  system.place(archivePath, archive);
  const before = system.tree();
  const undo = await fetchArtifact.inspect(unpacking, system);
  await fetchArtifact.run(unpacking, stepContext(system));
  expect(system.readText('/work/agent/README')).toBe('read me');
  expect(system.requests).toEqual([]);
  if (undo) await fetchArtifact.undo(undo, stepContext(system));
  expect(system.tree()).toEqual(before);
});

it('fetches for this run alone when the cache cannot be written', async () => {
  const system = machineWithArchive(['/cache']);
  const undo = await fetchArtifact.inspect(unpacking, system);
  await fetchArtifact.run(unpacking, stepContext(system));
  expect(system.readText('/work/agent/README')).toBe('read me');
  expect(await system.list('/cache')).toEqual([]);
  if (undo) await fetchArtifact.undo(undo, stepContext(system));
  expect(system.exists('/work/agent')).toBe(false);
});

it.each([
  ['takes what is in a cache that cannot be written', archive, 0],
  ['fetches again what is damaged in a cache that cannot be written', 'damaged', 1],
])('%s', async (_, cached, requests) => {
  const system = machineWithArchive(['/cache']);
  system.place(archivePath, cached);
  await fetchArtifact.run(unpacking, stepContext(system));
  expect(system.readText('/work/agent/README')).toBe('read me');
  expect(system.requests).toHaveLength(requests);
});

it('leaves an archive that another run works on just now', async () => {
  const system = machineWithArchive();
  const undo = await fetchArtifact.inspect(unpacking, system);
  await fetchArtifact.run(unpacking, stepContext(system));
  system.place('/proc/200/stat', `200 (kickstart) S ${'0 '.repeat(18)}8000 0`);
  const lock = `/cache/sources/.${archiveSha256}.lock-1-200-8000-00000000000f`;
  system.place(lock, { link: 'since' });
  if (undo) await fetchArtifact.undo(undo, stepContext(system));
  expect(system.exists(archivePath)).toBe(true);
  system.remove(lock);
  if (undo) await fetchArtifact.undo(undo, stepContext(system));
  expect(await system.list('/cache')).toEqual([]);
});

it('waits for another run that fetches the same, and takes what that one got', async () => {
  const system = machineWithArchive();
  system.place('/proc/200/stat', `200 (kickstart) S ${'0 '.repeat(18)}8000 0`);
  const lock = `/cache/sources/.${archiveSha256}.lock-1-200-8000-00000000000f`;
  system.place(lock, { link: 'since' });
  const { sleep } = system;
  system.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    system.place(archivePath, archive);
    system.remove(lock);
  };
  await fetchArtifact.run(unpacking, stepContext(system));
  expect(system.readText('/work/agent/README')).toBe('read me');
  expect(system.requests).toEqual([]);
});
