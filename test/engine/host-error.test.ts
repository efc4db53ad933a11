import { describe, expect, it } from 'vitest';
import { toError } from '../../src/engine/host-error.ts';
import { KickstartError } from '../../src/errors.ts';

describe('what a step threw', () => {
  it('is the machine that refuses, in words, when it is that', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', path: '/opt/x' });
    expect(toError(full)).toMatchObject({
      code: 'HOST_WRITE_FAILED',
      what: '/opt/x could not be written or read.',
      why: 'The disk is full (ENOSPC: no space left on device, write).',
      cause: full,
    });
  });

  it('stays what it is otherwise', () => {
    const ours = new KickstartError('FETCH_FAILED', { what: 'a', why: 'b', next: 'c' });
    const fault = new TypeError('undefined is not a function');
    const odd = Object.assign(new Error('EXDEV'), { code: 'EXDEV', path: '/x' });
    expect([ours, fault, odd].map(toError)).toEqual([ours, fault, odd]);
    expect(toError('text').message).toBe('text');
  });
});
