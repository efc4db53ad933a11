import { KickstartError } from '../errors.ts';
import { HttpFailure, type ReadableSystem } from '../system/system.ts';

interface CloudAddress {
  url: string;
  caFile?: string;
}

/**
 * Whether a Cloud answers at the URL, whatever it says: asked before anything is changed.
 * Returns the refusal (CLAIM_URL_UNREACHABLE), or undefined when there is an answer.
 */
export async function cloudUnreachable(
  { url, caFile }: CloudAddress,
  system: ReadableSystem,
): Promise<KickstartError | undefined> {
  try {
    await system.get({ url, redirects: 'return', timeoutSeconds: 10, ...(caFile === undefined ? {} : { caFile }) });
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    // A page longer than the limit is an answer too: somebody is there.
    if (error.reason === 'too-large') return undefined;
    return new KickstartError('CLAIM_URL_UNREACHABLE', {
      what: `The Cloud cannot be reached at ${url}, so the agent could not be claimed.`,
      why: `${error.message}.`,
      next:
        error.reason === 'tls-untrusted'
          ? 'If the Cloud has a certificate of a private CA, name the file with it: --ca-file FILE.'
          : 'Check --claim-url, the firewall and the proxy; or leave out the --claim-* options and claim later.',
      cause: error,
    });
  }
}
