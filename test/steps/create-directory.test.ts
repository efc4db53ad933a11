import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type CreateDirectoryStep, createDirectory } from '../../src/steps/create-directory.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';
import { stepContext } from '../support/step-context.ts';

const context = stepContext(createRealSystem({ environment: {} }));
const { system } = context;

function stepAt(path: string, contents: CreateDirectoryStep['contents'] = 'keep'): CreateDirectoryStep {
  return { kind: 'create-directory', path, mode: 0o750, contents };
}

async function create(step: CreateDirectoryStep) {
  const undo = await createDirectory.inspect(step, system);
  if (undo === undefined) throw new Error('The directory was already there.');
  await createDirectory.run(step, context);
  return undo;
}

it('creates a directory with all above it, and takes away just those', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/there`, { mode: 0o700 });
  const undo = await create(stepAt(`${top}/there/a/b`));
  expect(treeOf(top)).toEqual({ there: '700', 'there/a': '755', 'there/a/b': '750' });
  await createDirectory.undo(undo, context);
  await createDirectory.undo(undo, context);
  expect(treeOf(top)).toEqual({ there: '700' });
});

it('leaves a directory in which the user has put a file, and says so', async () => {
  const top = scratchDirectory();
  const undo = await create(stepAt(`${top}/a/b`));
  writeFileSync(`${top}/a/b/notes`, 'of the user');
  const ending = stepContext(system);
  await createDirectory.undo(undo, ending);
  expect(treeOf(top)).toEqual({ a: '755', 'a/b': '750', 'a/b/notes': '644 of the user' });
  expect(ending.left).toEqual([`Left ${top}/a/b: there is something in it.`]);
});

it('takes its own contents along, and leaves what is beside them', async () => {
  const top = scratchDirectory();
  const undo = await create(stepAt(`${top}/a/b`, 'ours'));
  mkdirSync(`${top}/a/b/cache`);
  writeFileSync(`${top}/a/b/cache/data`, 'of the agent');
  writeFileSync(`${top}/a/notes`, 'of the user');
  await createDirectory.undo(undo, context);
  await createDirectory.undo(undo, context);
  expect(treeOf(top)).toEqual({ a: '755', 'a/notes': '644 of the user' });
});

it('takes the shared directory above it away with whoever ends last, and never one that was there', async () => {
  const top = scratchDirectory();
  const step = (name: string): CreateDirectoryStep => ({ ...stepAt(`${top}/shared/${name}`, 'ours'), sharedParent: true });
  const first = await create(step('first'));
  const second = await create(step('second'));
  expect(treeOf(top)).toEqual({ shared: '1755', 'shared/first': '750', 'shared/second': '750' });
  await createDirectory.undo(first, context);
  expect(treeOf(top)).toEqual({ shared: '1755', 'shared/second': '750' });
  await createDirectory.undo(second, context);
  expect(treeOf(top)).toEqual({});

  mkdirSync(`${top}/shared`, { mode: 0o755 });
  await createDirectory.undo(await create(step('third')), context);
  expect(treeOf(top)).toEqual({ shared: '755' });
});

it('takes back a half of it', async () => {
  const top = scratchDirectory();
  const undo = await createDirectory.inspect(stepAt(`${top}/a/b/c`), system);
  mkdirSync(`${top}/a`);
  await createDirectory.undo(undo ?? { created: [], contents: 'keep' }, context);
  expect(treeOf(top)).toEqual({});
});

it('leaves a directory that was there before, with its own mode', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/a`);
  chmodSync(`${top}/a`, 0o701);
  expect(await createDirectory.inspect(stepAt(`${top}/a`, 'ours'), system)).toBeUndefined();
});

it('takes a link to a directory for that directory', async () => {
  const top = scratchDirectory();
  mkdirSync(`${top}/disk`);
  symlinkSync('disk', `${top}/link`);
  expect(await createDirectory.inspect(stepAt(`${top}/link`, 'ours'), system)).toBeUndefined();
  const undo = await create(stepAt(`${top}/link/a`));
  expect(treeOf(top)).toEqual({ disk: '755', 'disk/a': '750', link: '-> disk' });
  await createDirectory.undo(undo, context);
  expect(treeOf(top)).toEqual({ disk: '755', link: '-> disk' });
});

it('leaves a link that the user put in the place of the directory', async () => {
  const top = scratchDirectory();
  const undo = await create(stepAt(`${top}/a`, 'ours'));
  await system.removeTree(`${top}/a`);
  mkdirSync(`${top}/disk`);
  writeFileSync(`${top}/disk/notes`, 'of the user');
  symlinkSync('disk', `${top}/a`);
  await createDirectory.undo(undo, context);
  expect(treeOf(top)).toEqual({ a: '-> disk', disk: '755', 'disk/notes': '644 of the user' });
});

it.each(['a', 'a/b'])('refuses when a file is at %s', async (taken) => {
  const top = scratchDirectory();
  mkdirSync(`${top}/${taken}`.replace(/\/[^/]*$/, ''), { recursive: true });
  writeFileSync(`${top}/${taken}`, '');
  await expect(createDirectory.inspect(stepAt(`${top}/a/b`), system)).rejects.toMatchObject({
    code: 'HOST_PATH_TAKEN',
    what: `There must be a directory at ${top}/${taken}, and something of another kind is there.`,
  });
});

it('gives the directory to the user, and those above it to us', async () => {
  const machine = createFakeSystem({
    files: { '/etc/passwd': 'netdata:x:201:202::/:/bin/false\n', '/var': { directory: true } },
  });
  await createDirectory.run({ ...stepAt('/var/lib/netdata'), owner: 'netdata' }, stepContext(machine));
  expect(machine.tree()).toMatchObject({ '/var/lib': 'directory 0755 0:0', '/var/lib/netdata': 'directory 0750 201:202' });
});
