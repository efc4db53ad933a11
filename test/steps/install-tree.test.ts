import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { type InstallTreeStep, installTree } from '../../src/steps/install-tree.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';
import { stepContext } from '../support/step-context.ts';

const context = stepContext(createRealSystem({ environment: {} }));
const { system } = context;

function place(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

/** A staged agent, and an older one with files of the user in and beside it. */
function stagedOverOlder() {
  const top = scratchDirectory();
  place(`${top}/stage/sbin/netdata`, 'new program', 0o755);
  place(`${top}/stage/sbin/same`, 'same', 0o755);
  place(`${top}/stage/web/new/index.html`, 'new page');
  symlinkSync('new', `${top}/stage/web/current`);
  place(`${top}/to/sbin/netdata`, 'old program', 0o700);
  place(`${top}/to/sbin/same`, 'same', 0o755);
  place(`${top}/to/web/notes`, 'of the user');
  chmodSync(`${top}/to/web`, 0o711);
  symlinkSync('old', `${top}/to/web/current`);
  mkdirSync(`${top}/state`);
  const step: InstallTreeStep = {
    kind: 'install-tree',
    from: `${top}/stage`,
    to: `${top}/to`,
    backupDirectory: `${top}/state/backup/tree-1`,
    rights: [],
    groupOf: 'netdata',
  };
  return { top, step };
}

const older = {
  sbin: '755',
  'sbin/netdata': '700 old program',
  'sbin/same': '755 same',
  web: '711',
  'web/current': '-> old',
  'web/notes': '644 of the user',
};

async function undoOf(step: InstallTreeStep) {
  const undo = await installTree.inspect(step, system);
  if (undo === undefined) throw new Error('There is no difference.');
  return undo;
}

it('lists what it will create and replace before it does', async () => {
  const { step } = stagedOverOlder();
  expect(await undoOf(step)).toEqual({
    to: step.to,
    backupDirectory: step.backupDirectory,
    created: ['web/new', 'web/new/index.html'],
    replaced: ['sbin/netdata', 'web/current'],
  });
});

it('puts the tree in place, and touches nothing that is not in it', async () => {
  const { step } = stagedOverOlder();
  const same = statSync(`${step.to}/sbin/same`);
  await installTree.run(step, context);
  expect(treeOf(step.to)).toEqual({
    sbin: '755',
    'sbin/netdata': '755 new program',
    'sbin/same': '755 same',
    web: '711',
    'web/current': '-> new',
    'web/new': '755',
    'web/new/index.html': '644 new page',
    'web/notes': '644 of the user',
  });
  expect(statSync(`${step.to}/sbin/same`).ino).toBe(same.ino);
  expect(await installTree.inspect(step, system)).toBeUndefined();
});

it('brings back what was there, and leaves no backup', async () => {
  const { top, step } = stagedOverOlder();
  const undo = await undoOf(step);
  await installTree.run(step, context);
  expect(statSync(step.backupDirectory).mode & 0o777).toBe(0o700);
  await installTree.undo(JSON.parse(JSON.stringify(undo)), context);
  expect(treeOf(step.to)).toEqual(older);
  await installTree.undo(undo, context);
  expect(treeOf(step.to)).toEqual(older);
  expect(treeOf(`${top}/state`)).toEqual({});
});

it('takes no right to run as root, and none for others to write, from what was built', async () => {
  const { step } = stagedOverOlder();
  place(`${step.from}/sbin/netdata`, 'new program', 0o6755);
  place(`${step.from}/sbin/new`, 'setuid', 0o4777);
  mkdirSync(`${step.from}/shared`);
  chmodSync(`${step.from}/shared`, 0o3777);
  chmodSync(`${step.to}/sbin/netdata`, 0o4750);
  const undo = await undoOf(step);
  await installTree.run(step, context);
  const modeOf = (path: string) => (statSync(`${step.to}/${path}`).mode & 0o7777).toString(8);
  expect([modeOf('sbin/netdata'), modeOf('sbin/new'), modeOf('shared')]).toEqual(['755', '755', '755']);
  expect(await installTree.inspect(step, system)).toBeUndefined();
  // What was there had its rights from an administrator.
  await installTree.undo(undo, context);
  expect(modeOf('sbin/netdata')).toBe('4750');
});

it('creates the top without rights that its builder gave away', async () => {
  const { top, step } = stagedOverOlder();
  chmodSync(step.from, 0o3777);
  await installTree.run({ ...step, to: `${top}/empty` }, context);
  expect(statSync(`${top}/empty`).mode & 0o7777).toBe(0o755);
});

it('leaves a file that the user put into a directory of ours', async () => {
  const { step } = stagedOverOlder();
  const undo = await undoOf(step);
  await installTree.run(step, context);
  place(`${step.to}/web/new/notes`, 'of the user, too');
  await installTree.undo(undo, context);
  expect(treeOf(step.to)).toEqual({ ...older, 'web/new': '755', 'web/new/notes': '644 of the user, too' });
});

it('is stopped between two files, and takes back the half', async () => {
  const { step } = stagedOverOlder();
  const undo = await undoOf(step);
  const stop = new AbortController();
  const stopped = { ...context, signal: stop.signal, progress: () => stop.abort() };
  await expect(installTree.run(step, stopped)).rejects.toThrow();
  expect(treeOf(step.to)).toEqual({ ...older, 'sbin/netdata': '755 new program' });
  await installTree.undo(undo, context);
  expect(treeOf(step.to)).toEqual(older);
});

it('creates the top, and takes it away again', async () => {
  const { top, step } = stagedOverOlder();
  const elsewhere = { ...step, to: `${top}/empty` };
  const undo = await undoOf(elsewhere);
  expect(undo.created[0]).toBe('');
  await installTree.run(elsewhere, context);
  expect(treeOf(elsewhere.to)).toEqual(treeOf(step.from));
  expect(existsSync(step.backupDirectory)).toBe(false);
  await installTree.undo(undo, context);
  expect(existsSync(elsewhere.to)).toBe(false);
});

it('replaces a file whose bytes are the same and whose mode is not', async () => {
  const { step } = stagedOverOlder();
  chmodSync(`${step.to}/sbin/same`, 0o700);
  expect((await undoOf(step)).replaced).toContain('sbin/same');
});

it('sees a difference behind the first 64 KiB', async () => {
  const { step } = stagedOverOlder();
  const long = 'x'.repeat(300_000);
  place(`${step.from}/sbin/same`, `${long}a`, 0o755);
  place(`${step.to}/sbin/same`, `${long}b`, 0o755);
  expect((await undoOf(step)).replaced).toContain('sbin/same');
  place(`${step.to}/sbin/same`, `${long}a`, 0o755);
  expect((await undoOf(step)).replaced).not.toContain('sbin/same');
});

it('puts its files where an administrator has moved a directory', async () => {
  const { top, step } = stagedOverOlder();
  mkdirSync(`${top}/disk`);
  symlinkSync(`${top}/disk`, `${step.to}/moved`);
  place(`${step.from}/moved/data`, 'data');
  const undo = await undoOf(step);
  await installTree.run(step, context);
  expect(treeOf(`${top}/disk`)).toEqual({ data: '644 data' });
  await installTree.undo(undo, context);
  expect(treeOf(`${top}/disk`)).toEqual({});
  expect(treeOf(step.to)).toEqual({ ...older, moved: `-> ${top}/disk` });
});

it('refuses to make a directory of a file', async () => {
  const { step } = stagedOverOlder();
  place(`${step.from}/web/notes/x`, '');
  await expect(installTree.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
});

it('refuses to make a file of a directory', async () => {
  const { step } = stagedOverOlder();
  place(`${step.from}/etc`, '');
  place(`${step.to}/etc/netdata.conf`, 'of the user');
  await expect(installTree.inspect(step, system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
});
