import { KickstartError } from '../../../errors.ts';

/** The error for a file of the data directory that the Cloud cannot start with. */
export function unusable(path: string, why: string, cause?: unknown): KickstartError {
  return new KickstartError('CLOUD_DATA_UNUSABLE', {
    what: `The Cloud cannot start with ${path}.`,
    why,
    next: 'Repair this, bring the file back from a copy, or start the Cloud with another --data directory.',
    cause,
  });
}
