/** Whether two streams hold the same bytes, however they are cut into pieces. Reads no further than the first difference. */
export async function sameBytes(left: AsyncIterable<Uint8Array>, right: AsyncIterable<Uint8Array>): Promise<boolean> {
  const others = right[Symbol.asyncIterator]();
  let other: Uint8Array = new Uint8Array();
  try {
    for await (const piece of left) {
      for (let rest = piece; rest.length > 0; ) {
        while (other.length === 0) {
          const next = await others.next();
          if (next.done) return false;
          other = next.value;
        }
        const length = Math.min(rest.length, other.length);
        if (Buffer.compare(rest.subarray(0, length), other.subarray(0, length)) !== 0) return false;
        rest = rest.subarray(length);
        other = other.subarray(length);
      }
    }
    return other.length === 0 && (await others.next()).done === true;
  } finally {
    // Closes the file of the stream that was not read to its end.
    await others.return?.();
  }
}
