import { expect, it } from 'vitest';
import { withPath } from '../../src/system/with-path.ts';

it('says which file, where the kernel does not', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  expect(withPath(full, '/opt/x')).toMatchObject({ code: 'ENOSPC', path: '/opt/x' });
});

it('leaves alone what has a path, and what is no error of a file', () => {
  const denied = Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/a' });
  const fault = new TypeError('undefined is not a function');
  expect(withPath(denied, '/b')).toMatchObject({ path: '/a' });
  expect(withPath(fault, '/b')).not.toHaveProperty('path');
});
