import { expect, it } from 'vitest';
import { Secret, withoutSecret } from '../../src/system/secret.ts';

it.each([
  ['it said T0K/EN= twice: T0K/EN=', 'T0K/EN=', 'it said [hidden] twice: [hidden]'],
  ['https://a.test/?t=T0K%2FEN%3D', 'T0K/EN=', 'https://a.test/?t=[hidden]'],
  ['nothing here', 'T0K/EN=', 'nothing here'],
  ['a short one is left', 'a', 'a short one is left'],
])('takes a secret out of %j', (text, secret, shown) => {
  expect(withoutSecret(text, new Secret(secret))).toBe(shown);
});
