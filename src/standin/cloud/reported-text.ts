import { brieflyPrintable } from '../../system/printable.ts';

/** A text that an agent says of itself, as it is kept and shown; undefined for what is none. */
export function reportedText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? brieflyPrintable(value, 256) : undefined;
}

/** Its version without the v; undefined for what cannot be one. */
export function reportedVersion(value: unknown): string | undefined {
  return typeof value === 'string' ? /^v?([0-9][0-9A-Za-z.+~_-]{0,63})$/.exec(value)?.[1] : undefined;
}
