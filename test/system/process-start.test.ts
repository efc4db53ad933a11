import { describe, expect, it, test } from 'vitest';
import { startTicksOf } from '../../src/system/process-start.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const stat = (state: string) => `200 (kick) start) ${state} ${'0 '.repeat(18)}8000 0\n`;

function startIn(text: string): Promise<string | undefined> {
  return startTicksOf(200, createFakeSystem({ files: { '/proc/200/stat': text } }));
}

describe('when a process was started', () => {
  it('is read behind its name, which may hold anything', async () => {
    expect(await startIn(stat('S'))).toBe('8000');
  });

  test.each(['Z', 'X'])('is not known of one that has ended: %s', async (state) => {
    expect(await startIn(stat(state))).toBeUndefined();
  });

  it('is not known of one that is not there', async () => {
    expect(await startTicksOf(201, createFakeSystem({ files: {} }))).toBeUndefined();
  });

  test.each(['ESRCH', 'EACCES', 'EPERM'])('is not known of one that ends meanwhile, or may not be seen: %s', async (code) => {
    const system = createFakeSystem({ files: {} });
    system.readFile = async () => Promise.reject(Object.assign(new Error(code), { code }));
    expect(await startTicksOf(200, system)).toBeUndefined();
  });

  it('rejects with an error that says nothing about the process', async () => {
    const system = createFakeSystem({ files: {} });
    system.readFile = async () => Promise.reject(Object.assign(new Error('a bad disk'), { code: 'EIO' }));
    await expect(startTicksOf(200, system)).rejects.toThrow('a bad disk');
  });
});
