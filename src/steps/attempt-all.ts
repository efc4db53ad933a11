/**
 * Does each of them, also after one that a file is in the way of, and throws the first such error at the end: an undo that cannot do all does the rest.
 */
export async function attemptAll<Item>(items: readonly Item[], attempt: (item: Item) => Promise<unknown>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) {
    try {
      await attempt(item);
    } catch (error) {
      if (!isOfFile(error)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && 'path' in error;
}
