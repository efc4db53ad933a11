import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type WriteFileStep, writeFile } from '../../src/steps/write-file.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { Secret } from '../../src/system/secret.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';
import { stepContext } from '../support/step-context.ts';

const context = stepContext(createRealSystem({ environment: {} }));
const { system } = context;

function stepAt(path: string, more: Partial<WriteFileStep> = {}): WriteFileStep {
  return { kind: 'write-file', path, content: 'new\n', mode: 0o640, when: 'always', ...more };
}

async function writeAndTakeBack(step: WriteFileStep) {
  const undo = await writeFile.inspect(step, system);
  if (undo === undefined) throw new Error('The file was already so.');
  await writeFile.run(step, context);
  // As the receipt keeps it.
  return JSON.parse(JSON.stringify(undo));
}

it('writes a new file with its mode, and takes it away', async () => {
  const directory = scratchDirectory();
  const undo = await writeAndTakeBack(stepAt(`${directory}/file`));
  expect(treeOf(directory)).toEqual({ file: '640 new\n' });
  await writeFile.undo(undo, context);
  await writeFile.undo(undo, context);
  expect(treeOf(directory)).toEqual({});
});

it('brings back the bytes and the mode of a file that was there before', async () => {
  const directory = scratchDirectory();
  const bytes = Buffer.from([0, 255, 254, 10]);
  writeFileSync(`${directory}/file`, bytes);
  chmodSync(`${directory}/file`, 0o604);
  const undo = await writeAndTakeBack(stepAt(`${directory}/file`));
  expect(readFileSync(`${directory}/file`, 'utf8')).toBe('new\n');
  await writeFile.undo(undo, context);
  await writeFile.undo(undo, context);
  expect(readFileSync(`${directory}/file`)).toEqual(bytes);
  expect(statSync(`${directory}/file`).mode & 0o7777).toBe(0o604);
  expect(Object.keys(treeOf(directory))).toEqual(['file']);
});

it('keeps the file of the user when two runs write the same file', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/file`, 'of the user');
  const first = await writeAndTakeBack(stepAt(`${directory}/file`, { content: 'one' }));
  const second = await writeAndTakeBack(stepAt(`${directory}/file`, { content: 'two' }));
  await writeFile.undo(second, context);
  expect(readFileSync(`${directory}/file`, 'utf8')).toBe('one');
  await writeFile.undo(first, context);
  expect(treeOf(directory)).toEqual({ file: '644 of the user' });
});

it('replaces a link and not what it leads to, and brings the link back', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/elsewhere`, 'of the user');
  symlinkSync('elsewhere', `${directory}/file`);
  const undo = await writeAndTakeBack(stepAt(`${directory}/file`));
  expect(treeOf(directory)).toEqual({ elsewhere: '644 of the user', file: '640 new\n' });
  await writeFile.undo(undo, context);
  await writeFile.undo(undo, context);
  expect(treeOf(directory)).toEqual({ elsewhere: '644 of the user', file: '-> elsewhere' });
});

it('does nothing for a file that has the same content, mode and owner', async () => {
  const directory = scratchDirectory();
  const step = stepAt(`${directory}/file`);
  await writeAndTakeBack(step);
  expect(await writeFile.inspect(step, system)).toBeUndefined();
  expect(await writeFile.inspect({ ...step, mode: 0o600 }, system)).toBeDefined();
  expect(await writeFile.inspect({ ...step, content: 'old\n' }, system)).toBeDefined();
});

it('leaves a file that was there before when it is written only where none is', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/file`, 'of the user');
  expect(await writeFile.inspect(stepAt(`${directory}/file`, { when: 'absent' }), system)).toBeUndefined();
});

it('leaves a file that came between the look and the write', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/file`, 'of the user');
  const step = stepAt(`${directory}/file`, { when: 'absent' });
  await writeFile.run(step, context);
  expect(treeOf(directory)).toEqual({ file: '644 of the user' });
  const other = stepAt(`${directory}/other`, { when: 'absent' });
  const undo = await writeFile.inspect(other, system);
  await writeFile.undo({ ...undo, path: step.path }, context);
  expect(treeOf(directory)).toEqual({ file: '644 of the user' });
});

it('leaves a file to begin with that an administrator has changed, and says so; an unchanged one goes', async () => {
  const directory = scratchDirectory();
  const [changed, unchanged] = [`${directory}/changed`, `${directory}/unchanged`];
  const undos = [];
  for (const path of [changed, unchanged]) undos.push(await writeAndTakeBack(stepAt(path, { when: 'absent' })));
  writeFileSync(changed, 'new\nmine\n');
  const telling = stepContext(system);
  for (const undo of undos) await writeFile.undo(undo, telling);
  expect(treeOf(directory)).toEqual({ changed: '640 new\nmine\n' });
  expect(telling.said).toEqual([`Left ${changed}: it is not as kickstart wrote it.`]);
});

it('refuses to write where a directory is', async () => {
  const directory = scratchDirectory();
  await expect(writeFile.inspect(stepAt(directory), system)).rejects.toMatchObject({ code: 'HOST_PATH_TAKEN' });
});

it('has no secret in its undo, neither the new one nor the one before', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/token`, 'old-s3cret', { mode: 0o600 });
  const step = stepAt(`${directory}/token`, { content: new Secret('new-s3cret'), mode: 0o600 });
  const undo = await writeAndTakeBack(step);
  expect(JSON.stringify([undo, step, writeFile.describe(step)])).not.toContain('s3cret');
  expect(Object.values(treeOf(directory))).toEqual(['600 old-s3cret', '600 new-s3cret']);
});

it('gives the file to the user, and to the first group of the user', async () => {
  const machine = createFakeSystem({
    files: { '/etc/passwd': 'netdata:x:201:202::/:/bin/false\n', '/srv/x': { directory: true } },
  });
  const step = stepAt('/srv/x/file', { owner: 'netdata' });
  await writeFile.run(step, stepContext(machine));
  expect(machine.tree()['/srv/x/file']).toBe('file 0640 201:202 "new\\n"');
  expect(await writeFile.inspect(step, machine)).toBeUndefined();
});

it('says which user is missing', async () => {
  const machine = createFakeSystem({
    files: { '/srv': { directory: true } },
    commands: [{ program: 'getent', result: { exitCode: 2 } }],
  });
  await expect(writeFile.run(stepAt('/srv/file', { owner: 'netdata' }), stepContext(machine))).rejects.toMatchObject({
    code: 'HOST_ACCOUNT_MISSING',
    what: 'There is no user netdata on this machine.',
  });
  expect(machine.exists('/srv/file')).toBe(false);
});

it('keeps the file before when the run is cut off before the write', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/file`, 'of the user');
  const undo = await writeFile.inspect(stepAt(`${directory}/file`), system);
  await writeFile.undo(undo ?? { path: '' }, context);
  expect(treeOf(directory)).toEqual({ file: '644 of the user' });
});

it('puts the first of the files to go below that is there after its line, and sees then that it is so', async () => {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/b`, 'of the system\n');
  writeFileSync(`${directory}/c`, 'not this one\n');
  const below = { line: '# below', files: ['a', 'b', 'c'].map((name) => `${directory}/${name}`) };
  const step = stepAt(`${directory}/file`, { content: 'own\n', below });
  const undo = await writeAndTakeBack(step);
  expect(readFileSync(`${directory}/file`, 'utf8')).toBe('own\n# below\nof the system\n');
  expect(await writeFile.inspect(step, system)).toBeUndefined();
  await writeFile.undo(undo, context);
  expect(Object.keys(treeOf(directory))).toEqual(['b', 'c']);
  await writeFile.run(
    stepAt(`${directory}/alone`, { content: 'own\n', below: { line: '# below', files: [`${directory}/a`] } }),
    context,
  );
  expect(readFileSync(`${directory}/alone`, 'utf8')).toBe('own\n');
});
