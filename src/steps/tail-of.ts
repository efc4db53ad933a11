/** The end of a stream as text: what comes after `position` bytes, and at most 8 KiB of it. */
export async function tailOf(stream: AsyncIterable<Uint8Array>, position: number): Promise<string> {
  let passed = 0;
  let tail = new Uint8Array();
  for await (const piece of stream) {
    const fresh = piece.subarray(Math.max(0, Math.min(piece.length, position - passed)));
    passed += piece.length;
    tail = new Uint8Array(Buffer.concat([tail, fresh]).subarray(-MOST_BYTES));
  }
  return new TextDecoder().decode(tail);
}

const MOST_BYTES = 8192;
