/** One writing of a URL, so that two of the same place are equal: host in lower case, no usual port, no last slashes. What is no URL stays. */
export function normalUrl(text: string): string {
  return (URL.canParse(text) ? new URL(text).href : text).replace(/\/+$/, '');
}
