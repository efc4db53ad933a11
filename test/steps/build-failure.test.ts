import { expect, it } from 'vitest';
import { KickstartError } from '../../src/errors.ts';
import { buildFailure } from '../../src/steps/build-failure.ts';
import { createFakeSystem } from '../support/fake-system.ts';

function failed(exitCode: number): KickstartError {
  return new KickstartError('HOST_COMMAND_FAILED', {
    what: `"make" ended with exit code ${exitCode}.`,
    why: 'It said nothing.',
    next: '',
  });
}

function reasonFor(log: string, exitCode = 2) {
  return buildFailure(failed(exitCode), '/log', createFakeSystem({ files: { '/log': log } }));
}

it.each([
  ['the compiler', '/tmp/cc1.s: error: No space left on device\n'],
  ['the assembler', 'Assembler messages:\nFatal error: can’t write 12 bytes to section .text of a.o: No space left on device\n'],
  ['a quota', 'cc1: error: writing a.s: Disk quota exceeded\n'],
])('says that the disk is full when %s says so', async (_, log) => {
  expect(await reasonFor(log)).toMatchObject({
    why: expect.stringMatching(/^The disk is full\. /),
    next: 'Make room where it is built (the cache directory, and /tmp), and run kickstart again.',
  });
});

it.each([
  ['of gcc is killed', 'c++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\n', 2],
  ['that make started is killed', 'make[2]: *** [Makefile:7: archive] Killed\n', 2],
  ['gets no memory', 'cc1plus: out of memory allocating 65536 bytes after a total of 1000 bytes\n', 2],
  ['that kickstart started is killed', 'cc -c a.c\n', 137],
])('says that the memory was too little when a program %s', async (_, log, exitCode) => {
  const { why, next } = await reasonFor(log, exitCode);
  expect(why).toMatch(/too little/);
  expect(next).toContain('--build-jobs 1');
});

it('says only what the compiler said where that is all', async () => {
  expect(await reasonFor('a.c:1:1: error: expected something\n')).toEqual({ why: 'a.c:1:1: error: expected something' });
});
