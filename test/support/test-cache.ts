import { resolve } from 'node:path';

/** Kept between runs, and verified by content at every use: the source archives and the built libraries. */
export const testCache = resolve(import.meta.dirname, '../../test-output/cache');
