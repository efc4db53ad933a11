import { linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogRow } from '../../src/artifacts/catalog.ts';
import { collectOutputs } from '../../src/artifacts/collect-outputs.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import type { Owner } from '../../src/system/system.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const system = createRealSystem({ environment: {} });
const row = catalogRow('protobuf');

function built(): { top: string; collect(builder?: Owner): Promise<void> } {
  const top = scratchDirectory();
  mkdirSync(`${top}/source/src/google/protobuf`, { recursive: true });
  mkdirSync(`${top}/build`);
  writeFileSync(`${top}/build/libprotobuf.a`, 'library');
  writeFileSync(`${top}/build/protoc-3`, 'compiler', { mode: 0o775 });
  symlinkSync('protoc-3', `${top}/build/protoc`);
  writeFileSync(`${top}/source/src/google/protobuf/message.h`, 'header');
  writeFileSync(`${top}/secret.h`, 'of somebody else');
  const trees = { source: `${top}/source`, build: `${top}/build`, installed: `${top}/installed` };
  return {
    top,
    collect: (builder) => collectOutputs(row, { trees, files: `${top}/files`, ...(builder && { builder }) }, system),
  };
}

it('takes the file that a link stands for, when it is beside the link', async () => {
  const { top, collect } = built();
  await collect();
  expect(readFileSync(`${top}/files/protobuf/src/protoc`, 'utf8')).toBe('compiler');
  expect(statSync(`${top}/files/protobuf/src/protoc`).mode & 0o777).toBe(0o755);
  expect(readFileSync(`${top}/files/protobuf/src/google/protobuf/message.h`, 'utf8')).toBe('header');
});

it.each([
  ['a link to another directory', (top: string) => symlinkSync('../secret.h', `${top}/build/libprotobuf.a`)],
  ['a directory that is a link', (top: string) => symlinkSync(top, `${top}/build/libprotobuf.a`)],
])('takes nothing through %s', async (_, plant) => {
  const { top, collect } = built();
  await system.removeFile(`${top}/build/libprotobuf.a`);
  plant(top);
  await expect(collect()).rejects.toMatchObject({
    code: 'BUILD_DEPENDENCY_FAILED',
    what: 'Failed to build protobuf: its build left no libprotobuf.a.',
  });
});

it('takes nothing through a directory on the way that is a link', async () => {
  const { top, collect } = built();
  await system.removeTree(`${top}/source/src`);
  mkdirSync(`${top}/elsewhere/google`, { recursive: true });
  symlinkSync('../elsewhere', `${top}/source/src`);
  await expect(collect()).rejects.toMatchObject({ what: 'Failed to build protobuf: its build left no src/google.' });
});

it('leaves out links among the headers', async () => {
  const { top, collect } = built();
  symlinkSync('../../../../secret.h', `${top}/source/src/google/protobuf/planted.h`);
  await collect();
  expect(await system.list(`${top}/files/protobuf/src/google/protobuf`)).toEqual(['message.h']);
});

describe('of another user', () => {
  const { uid: userId, gid: groupId } = statSync(scratchDirectory());

  it('takes the files', async () => {
    const { top, collect } = built();
    await collect({ userId, groupId });
    expect(readFileSync(`${top}/files/protobuf/src/protoc`, 'utf8')).toBe('compiler');
  });

  it.each(['source/src/google/protobuf/planted.h', 'build/libprotobuf.a'])('takes no hard link at %s', async (path) => {
    const { top, collect } = built();
    rmSync(`${top}/${path}`, { force: true });
    linkSync(`${top}/secret.h`, `${top}/${path}`);
    await expect(collect({ userId, groupId })).rejects.toMatchObject({
      code: 'BUILD_DEPENDENCY_FAILED',
      what: `Failed to build protobuf: its build left what is not its own at ${path.startsWith('build') ? 'libprotobuf.a' : 'src/google'}.`,
    });
  });

  it('takes no file that is not theirs', async () => {
    const { collect } = built();
    await expect(collect({ userId: userId + 1, groupId })).rejects.toMatchObject({
      why: expect.stringContaining('A file there belongs to another user'),
    });
  });
});
