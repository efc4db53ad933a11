import { expect, it } from 'vitest';
import { hashPassword, isPassword } from '../../../../src/standin/cloud/web/password.ts';

it('knows a password by what was kept of it, and no other', async () => {
  const kept = await hashPassword('correct horse');
  expect(kept).toMatch(/^scrypt\$16384\$8\$1\$/);
  expect(await isPassword('correct horse', kept)).toBe(true);
  expect(await isPassword('correct hors', kept)).toBe(false);
});

it('takes a hash that was made at another cost', async () => {
  const kept = 'scrypt$1024$8$1$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF-uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M';
  expect(await isPassword('correct horse', kept)).toBe(true);
});

it('is nobody’s password when none is kept, and refuses what is no hash', async () => {
  expect(await isPassword('', undefined)).toBe(false);
  await expect(isPassword('', 'plain')).rejects.toThrow('no scrypt hash');
});
