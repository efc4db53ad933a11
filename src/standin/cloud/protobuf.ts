/** A field of a message to be written: undefined is left out, and so are proto3's defaults (false, 0, ''). */
export type FieldValue = string | boolean | number | bigint | Uint8Array | undefined;

/** A field that was read: a varint, or the bytes of anything else. */
type Field = bigint | Uint8Array;

/** Field number → all its values, in order. */
export type Fields = ReadonlyMap<number, readonly Field[]>;

/** Pairs of field number and value → a proto3 message. Texts, bytes and messages are length-delimited, the rest varints. */
export function encodeMessage(fields: readonly (readonly [number, FieldValue])[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, value]) => encodeField(number, value)));
}

/** Throws for bytes that are no protobuf message. Groups, which proto3 does not have, are refused too. */
export function decodeMessage(bytes: Uint8Array): Fields {
  const fields = new Map<number, Field[]>();
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const field = readField(bytes, tag.end, Number(tag.value & 7n));
    const number = Number(tag.value >> 3n);
    if (number === 0) throw new Error('Protobuf field number 0.');
    const values = fields.get(number);
    if (values === undefined) fields.set(number, [field.value]);
    values?.push(field.value);
    at = field.end;
  }
  return fields;
}

// In proto3 the last value of a field that is not repeated counts.
export function textField(fields: Fields, number: number): string | undefined {
  const value = fields.get(number)?.at(-1);
  return value instanceof Uint8Array ? new TextDecoder('utf-8', { fatal: true }).decode(value) : undefined;
}

export function flagField(fields: Fields, number: number): boolean {
  const value = fields.get(number)?.at(-1);
  return typeof value === 'bigint' && value !== 0n;
}

/** Of a number of 32 bits; 0 when it is not there, as proto3 has it. */
export function numberField(fields: Fields, number: number): number {
  const value = fields.get(number)?.at(-1);
  return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : 0;
}

/** All of a field that is repeated. */
export function messageFields(fields: Fields, number: number): readonly Fields[] {
  return (fields.get(number) ?? []).flatMap((value) => (value instanceof Uint8Array ? [decodeMessage(value)] : []));
}

export function messageField(fields: Fields, number: number): Fields | undefined {
  const value = fields.get(number)?.at(-1);
  return value instanceof Uint8Array ? decodeMessage(value) : undefined;
}

function encodeField(number: number, value: FieldValue): Buffer[] {
  if (value === undefined || value === '' || value === false || value === 0 || value === 0n) return [];
  if (typeof value === 'string') return encodeField(number, Buffer.from(value));
  if (value instanceof Uint8Array) return [varint(BigInt(number << 3) | 2n), varint(BigInt(value.length)), Buffer.from(value)];
  return [varint(BigInt(number << 3)), varint(BigInt.asUintN(64, BigInt(value)))];
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) throw new Error('Protobuf message ends within a number.');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: start + index + 1 };
  }
  throw new Error('Protobuf number longer than ten bytes.');
}

function readField(bytes: Uint8Array, start: number, wireType: number): { value: Field; end: number } {
  if (wireType === 0) return readVarint(bytes, start);
  if (wireType === 1) return slice(bytes, start, 8);
  if (wireType === 5) return slice(bytes, start, 4);
  if (wireType !== 2) throw new Error(`Protobuf wire type ${wireType}.`);
  const length = readVarint(bytes, start);
  return slice(bytes, length.end, Number(length.value));
}

function slice(bytes: Uint8Array, start: number, length: number): { value: Uint8Array; end: number } {
  const end = start + length;
  if (end > bytes.length) throw new Error('Protobuf message ends within a field.');
  return { value: bytes.subarray(start, end), end };
}
