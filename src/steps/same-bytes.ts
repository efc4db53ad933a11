/** Whether two streams hold the same bytes, however they are cut into pieces. Reads no further than the first difference. */
export async function sameBytes(left: AsyncIterable<Uint8Array>, right: AsyncIterable<Uint8Array>): Promise<boolean> {
  const others = right[Symbol.asyncIterator]();
  let other: Uint8Array = new Uint8Array();
  try {
    for await (const piece of left) {
      for (let rest = piece; rest.length > 0; ) {
        if (other.length === 0) other = await nextBytes(others);
        const length = Math.min(rest.length, other.length);
        if (length === 0 || Buffer.compare(rest.subarray(0, length), other.subarray(0, length)) !== 0) return false;
        rest = rest.subarray(length);
        other = other.subarray(length);
      }
    }
    return other.length === 0 && (await nextBytes(others)).length === 0;
  } finally {
    // Closes the file of the stream that was not read to its end.
    await others.return?.();
  }
}

/** The next piece that is not empty; an empty one at the end. */
async function nextBytes(pieces: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return new Uint8Array();
    if (value.length > 0) return value;
  }
}
