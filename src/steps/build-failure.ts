import type { KickstartError } from '../errors.ts';
import type { ReadableSystem } from '../system/system.ts';
import { causeOf } from './compiler-lines.ts';

interface BuildFailure {
  why: string;
  /** Absent where the lines in `why` are all that is known. */
  next?: string;
}

/** What a program that failed in a build means: a machine that has no room or no memory is named as such, not by the compiler that noticed. */
export async function buildFailure(failure: KickstartError, logPath: string, system: ReadableSystem): Promise<BuildFailure> {
  const lines = await causeOf(failure, logPath, system);
  const known = reasons.find(({ sign }) => sign.test(lines) || sign.test(failure.what));
  return known === undefined ? { why: lines } : { why: `${known.why} ${lines}`, next: known.next };
}

const reasons: readonly { sign: RegExp; why: string; next: string }[] = [
  {
    sign: /no space left on device|disk quota exceeded/i,
    why: 'The disk is full.',
    next: 'Make room where it is built (the cache directory, and /tmp), and run kickstart again.',
  },
  {
    // gcc names the signal that ended its compiler, make the one that ended gcc; 137 is 128 + SIGKILL.
    sign: /killed signal terminated program|\bkilled$|\bexit code 137\b|out of memory|virtual memory exhausted|cannot allocate memory|std::bad_alloc/im,
    why: 'A program of the build was killed or got no more memory: the machine has too little for so many jobs.',
    next: 'Run kickstart again with --build-jobs 1, or give the machine more memory or swap.',
  },
];
