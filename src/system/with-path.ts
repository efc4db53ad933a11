/** The error of a file, with its path where it has none: about an open file the kernel says what is wrong, as that the disk is full, and no name. */
export function withPath(error: unknown, path: string): unknown {
  if (error instanceof Error && 'code' in error && !('path' in error)) Object.assign(error, { path });
  return error;
}
