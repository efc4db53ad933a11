import { KickstartError } from '../errors.ts';
import { HttpFailure, type HttpRequest, type ReadableSystem } from '../system/system.ts';
import { claimFailure } from './claim-failures.ts';
import { withoutLogin } from './shown-text.ts';

type CloudAddress = Pick<HttpRequest, 'url' | 'caFile' | 'insecure' | 'proxy'>;

/**
 * Whether a Cloud answers at the URL, whatever it says: asked before anything is changed.
 * Returns the refusal (CLAIM_URL_UNREACHABLE), or undefined when there is an answer. `otherwise` is what could be done instead of the claim.
 */
export async function cloudUnreachable(
  cloud: CloudAddress,
  system: ReadableSystem,
  otherwise = '',
): Promise<KickstartError | undefined> {
  try {
    await system.get({ ...cloud, redirects: 'return', timeoutSeconds: 10 });
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    // A page longer than the limit is an answer too: somebody is there.
    if (error.reason === 'too-large') return undefined;
    return new KickstartError('CLAIM_URL_UNREACHABLE', {
      what: `The Cloud cannot be reached at ${withoutLogin(cloud.url)}, so the agent could not be claimed.`,
      why: `${error.message}.`,
      // Nothing was sent that may have arrived.
      next: `${error.phase === 'connecting' ? claimFailure(error).next : 'Check --claim-url, the firewall and the proxy.'}${otherwise}`,
      cause: error,
    });
  }
}
