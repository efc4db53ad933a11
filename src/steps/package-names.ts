/** What the group `name` of the pattern is in each line that it fits. */
export function namesIn(output: string, line: RegExp): readonly string[] {
  return output.split('\n').flatMap((text) => line.exec(text)?.groups?.name ?? []);
}

/** apt writes foreign packages as name:architecture. One whose name was here before in any architecture counts as here before. */
export function withoutArchitecture(name: string): string {
  return name.replace(/:.*$/, '');
}
