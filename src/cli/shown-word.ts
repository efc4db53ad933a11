/** A word of the command line as an error may repeat it. What is long, or has a sign of a login or of a token, may be a secret in the wrong place. */
export function shownWord(word: string): string {
  return /^[\p{L}\p{N} ._:/+-]{1,24}$/u.test(word) && !/[0-9a-f]{16}/i.test(word) ? word : '…';
}
