import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's space for young objects as small as it was born. What passes through in a download is in young buffers, of which V8 sees only the
 * few bytes that name them: in a space that grows to 32 MB it lets a hundred megabytes of them lie before it looks. Measured with an archive of
 * 524 MB: 109 MB at the peak instead of 170, and a third less CPU time.
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
