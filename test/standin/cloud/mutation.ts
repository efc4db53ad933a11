import fc from 'fast-check';

/** One small damage; `at` is a part of the whole in millionths, so that shrinking keeps its meaning. */
export interface Damage {
  kind: 'set' | 'flip' | 'insert' | 'remove' | 'repeat' | 'cut';
  at: number;
  value: number;
  length: number;
}

export const damages = (maxLength: number): fc.Arbitrary<Damage[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'repeat', 'cut'),
      at: fc.nat(999_999),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
      length: fc.integer({ min: 1, max: 16 }),
    }),
    { minLength: 1, maxLength },
  );

export function damaged(bytes: Buffer, list: readonly Damage[]): Buffer {
  return list.reduce((whole, { kind, at, value, length }) => {
    const start = Math.floor((at / 1_000_000) * whole.length);
    const [before, part, after] = [
      whole.subarray(0, start),
      whole.subarray(start, start + length),
      whole.subarray(start + length),
    ];
    return Buffer.concat([before, ...damagedPart[kind](part, value), ...(kind === 'cut' ? [] : [after])]);
  }, bytes);
}

const damagedPart: Readonly<Record<Damage['kind'], (part: Buffer, value: number) => readonly Uint8Array[]>> = {
  set: (part, value) => [Buffer.from([value]), part.subarray(1)],
  flip: (part, value) => [Buffer.from(part.map((byte, index) => (index === 0 ? byte ^ (1 << (value % 8)) : byte)))],
  insert: (part, value) => [Buffer.alloc(1 + (value % 8), value), part],
  remove: () => [],
  repeat: (part) => [part, part],
  cut: () => [],
};

/** The bytes in pieces of these lengths, over and over. */
export function inPieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
