import { errorCodes, isKickstartError, type KickstartError } from '../errors.ts';
import { printable } from '../system/printable.ts';

/** What a bug report says about this kickstart and this run. */
export interface BugReport {
  /** Of kickstart. */
  version: string;
  /** Where the receipt of the run is, when there is one. */
  receiptPath?: string;
  /** Makes the command lines in a text those of this machine. */
  say?(text: string): string;
}

/**
 * Lines for people. A KickstartError gives what happened, why, what to do next, and its code; several in an AggregateError
 * are set apart by an empty line. Anything else is a fault of ours and gives a report that can be pasted: it holds no secret.
 */
export function explainError(error: unknown, report: BugReport): string[] {
  if (error instanceof AggregateError && error.errors.every((one) => isKickstartError(one))) {
    return error.errors.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...explanation(one, report)]);
  }
  return isKickstartError(error) ? explanation(error, report) : bugReport(error, report);
}

function explanation({ code, what, why, next }: KickstartError, { say = asItIs }: BugReport): string[] {
  const row = errorCodes[code];
  const upstream = 'upstream' in row ? ` Netdata's own scripts call it ${row.upstream}.` : '';
  return [say(what), say(why), say(next), `${code}.${upstream}`].flatMap((text) => text.split('\n')).map(printable);
}

const asItIs = (text: string) => text;

function bugReport(error: unknown, { version, receiptPath }: BugReport): string[] {
  const stack = error instanceof Error ? causes(error) : [String(error)];
  return [
    'kickstart met a fault of its own, and stopped.',
    ...stack.flatMap((text) => text.split('\n')),
    `This is kickstart ${version} on Node ${process.version}, ${process.platform} ${process.arch}.`,
    receiptPath === undefined ? 'Nothing was changed.' : `What was changed is in the receipt: ${receiptPath}`,
    'Please report it with all of the lines above; they hold no secret.',
    'FAULT.',
  ].map(printable);
}

function causes(error: Error): string[] {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? [own, ...causes(error.cause).map((text) => `Caused by ${text}`)] : [own];
}
