import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, flagField, messageField, textField } from '../../../src/standin/cloud/protobuf.ts';

describe('protobuf', () => {
  it('writes texts, numbers and flags as protoc does, and leaves defaults out', () => {
    const message = encodeMessage([
      [1, 150],
      [2, 'testing'],
      [3, true],
      [4, 0],
      [5, ''],
      [6, undefined],
      [17, 1n],
    ]);
    expect(message.toString('hex')).toBe('089601120774657374696e6718018801' + '01');
  });

  it('writes the recorded DisconnectReq', () => {
    const message = encodeMessage([
      [1, 3],
      [4, 7],
      [5, 'testdisc'],
    ]);
    expect(message.toString('hex')).toBe('080320072a087465737464697363');
  });

  it('reads what it writes', () => {
    const values = fc.record({ text: fc.string(), number: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), flag: fc.boolean() });
    fc.assert(
      fc.property(values, ({ text, number, flag }) => {
        const inner = encodeMessage([[1, text]]);
        const fields = decodeMessage(
          encodeMessage([
            [1, text],
            [2, number],
            [3, flag],
            [1000, inner],
          ]),
        );
        expect(textField(fields, 1) ?? '').toBe(text);
        expect(fields.get(2)?.[0] ?? 0n).toBe(number);
        expect(flagField(fields, 3)).toBe(flag);
        const nested = messageField(fields, 1000);
        expect(nested === undefined ? '' : (textField(nested, 1) ?? '')).toBe(text);
      }),
    );
  });

  it('passes over fixed-width fields', () => {
    expect(textField(decodeMessage(Buffer.from('0d01020304110102030405060708' + '1a0161', 'hex')), 3)).toBe('a');
  });

  it.each([
    ['a number that does not end', '08ff'],
    ['a number of more than ten bytes', `08${'ff'.repeat(10)}01`],
    ['a text that is longer than the message', '0a0561'],
    ['a group', '0b0c'],
    ['field number 0', '0001'],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decodeMessage(Buffer.from(bytes, 'hex'))).toThrow('Protobuf');
  });

  it('refuses bytes that are no UTF-8 where a text is wanted', () => {
    expect(() => textField(decodeMessage(Buffer.from('0a01ff', 'hex')), 1)).toThrow();
  });
});
