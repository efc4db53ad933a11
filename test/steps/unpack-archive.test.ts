import { expect, it } from 'vitest';
import { type UnpackArchiveStep, unpackArchive } from '../../src/steps/unpack-archive.ts';
import { createFakeSystem, type FakeSystem } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';
import { tarArchive } from '../support/tar-archive.ts';

const step: UnpackArchiveStep = { kind: 'unpack-archive', archive: '/a.tar.gz', destination: '/work/agent', stripComponents: 1 };

function machine(archive: Uint8Array): FakeSystem {
  return createFakeSystem({ files: { '/work': { directory: true }, '/a.tar.gz': archive } });
}

it('unpacks, has nothing to do then, and takes the tree away again, twice if need be', async () => {
  const system = machine(tarArchive([{ path: 'top/file', content: 'one' }]));
  const before = system.tree();
  const undo = await unpackArchive.inspect(step, system);
  await unpackArchive.run(step, stepContext(system));
  expect(system.readText('/work/agent/file')).toBe('one');
  expect(await system.list('/work')).toEqual(['agent']);
  expect(await unpackArchive.inspect(step, system)).toBeUndefined();
  for (const _ of [1, 2]) {
    if (undo) await unpackArchive.undo(undo, stepContext(system));
    expect(system.tree()).toEqual(before);
  }
});

it('never has half a tree at the destination', async () => {
  const system = machine(tarArchive([{ path: 'top/file', content: 'one' }, { path: '../evil' }]));
  const undo = await unpackArchive.inspect(step, system);
  await expect(unpackArchive.run(step, stepContext(system))).rejects.toMatchObject({ code: 'VERIFY_ARCHIVE_UNSAFE' });
  expect(system.exists('/work/agent')).toBe(false);
  if (undo) await unpackArchive.undo(undo, stepContext(system));
  expect(await system.list('/work')).toEqual([]);
});
