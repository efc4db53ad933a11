import { brieflyPrintable } from '../system/printable.ts';

/** What somebody else sent, short and in one line: it may be anything. */
export function printable(text: string, length = 80): string {
  return brieflyPrintable(text, length);
}

/** Where a redirect leads, without user, query and fragment, in which tickets travel; undefined when it leads nowhere. */
export function redirectTarget(location: string | undefined): string | undefined {
  if (location === undefined || location.trim() === '') return undefined;
  return printable(withoutLogin(location.trim().replace(/[?#].*$/s, '')), 200);
}

/** A URL without user and password. */
export function withoutLogin(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, (_, scheme = '') => `${scheme}//`);
}
