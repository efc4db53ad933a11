import { isKickstartError, KickstartError } from '../errors.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';

/** The error without the clauses that lead to a log which is not there any more: taking a run back takes away what it wrote. */
export async function withoutLostLogs(error: unknown, system: ReadableSystem): Promise<unknown> {
  if (!isKickstartError(error)) return error;
  const { code, what, why, next, cause } = error;
  const paths = [...new Set(`${why} ${next}`.match(/\/[^\s"';:,]+\.log\b/g))];
  const found = await Promise.all(
    paths.map(async (path) => ({ path, isHere: (await statIfAllowed(path, system)) !== undefined })),
  );
  const lost = found.filter(({ isHere }) => !isHere).map(({ path }) => path);
  if (lost.length === 0) return error;
  const without = (text: string) => lost.reduce(withoutClause, text);
  return new KickstartError(code, { what, why: without(why), next: without(next), cause });
}

/** "Look at its log: tail PATH; repair what it says." → "Repair what it says." */
function withoutClause(text: string, path: string): string {
  const clauses = text.replaceAll(path, lostMark).match(/[^.;\n]+[.;]?|\n/g) ?? [];
  const rest = clauses
    .filter((clause) => !clause.includes(lostMark))
    .join('')
    .trim();
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

// In place of a path, whose dots would end a clause.
const lostMark = '\u0000';
