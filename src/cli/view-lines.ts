import { eventLines } from './event-lines.ts';
import type { View, Write } from './view.ts';

/** Plain lines, each printed once and never changed: for logs, CI, and terminals that can do no more. */
export function viewLines(write: Write, say?: (text: string) => string): View {
  const lines = eventLines(say);
  return {
    draw: (event) => {
      for (const line of lines(event)) write(`${line}\n`);
    },
    finish: async () => {},
  };
}
