import type { ErrorCode } from '../errors.ts';
import type { HttpFailure } from '../system/system.ts';

interface ClaimFailure {
  code: ErrorCode;
  /** What to do now. */
  next: string;
  /** Another attempt may end better, and nothing was sent that it could repeat. */
  mayPass: boolean;
}

interface FailureRow extends Partial<Pick<HttpFailure, 'reason' | 'phase'>> {
  code: ErrorCode;
  next: string;
  mayPass?: true;
}

/** Why there was no answer to a claim → our code and advice. The reason alone does not tell: a time-out is another thing before and after the request. */
export function claimFailure({ reason, phase }: HttpFailure): ClaimFailure {
  const row = rows.find((candidate) => (candidate.reason ?? reason) === reason && (candidate.phase ?? phase) === phase);
  const { code, next, mayPass } = row ?? otherwise;
  return { code, next, mayPass: mayPass === true };
}

/** What had happened when an exchange ended, as the begin of a sentence. */
export function howFar({ phase }: HttpFailure): string {
  return phases[phase];
}

const phases: Readonly<Record<HttpFailure['phase'], string>> = {
  connecting: 'The claim was not sent',
  waiting: 'The claim was sent, and there was no answer',
  reading: 'The claim was sent, and its answer began but could not be read',
};

const again =
  'The claim may have arrived. Claim again: the same id with the same key is the same claim. If the Cloud then calls the node claimed already, look whether it is in your space.';

// The first row that fits.
const rows: readonly FailureRow[] = [
  { reason: 'timeout', phase: 'waiting', code: 'CLAIM_ANSWER_MISSING', next: again },
  { reason: 'timeout', phase: 'reading', code: 'CLAIM_ANSWER_CUT', next: again },
  { reason: 'closed', phase: 'waiting', code: 'CLAIM_ANSWER_EMPTY', next: again },
  { reason: 'closed', phase: 'reading', code: 'CLAIM_ANSWER_CUT', next: again },
  {
    reason: 'not-http',
    code: 'CLAIM_ANSWER_NOT_HTTP',
    next: 'Check --claim-url, its port above all: what answers there is no web server.',
  },
  {
    reason: 'too-large',
    code: 'CLAIM_ANSWER_TOO_LONG',
    next: 'Check --claim-url: what answers there is no Netdata Cloud, or a page is put before it.',
  },
  {
    reason: 'name-not-found',
    code: 'CLAIM_NAME_NOT_FOUND',
    next: 'Check the name in --claim-url, and that this machine can resolve it. If only your proxy can, use it: --claim-proxy socks5h://HOST:PORT or http://HOST:PORT.',
    mayPass: true,
  },
  {
    reason: 'refused',
    code: 'CLAIM_CONNECTION_REFUSED',
    next: 'Check the host and port in --claim-url, and whether a firewall forbids the connection.',
    mayPass: true,
  },
  {
    reason: 'timeout',
    phase: 'connecting',
    code: 'CLAIM_CONNECT_TIMEOUT',
    next: 'A firewall drops the connection, the network needs a proxy (--claim-proxy URL), or the proxy itself gets no answer.',
    mayPass: true,
  },
  {
    reason: 'tls-untrusted',
    code: 'CLAIM_TLS_UNTRUSTED',
    next: 'If the Cloud, or a proxy that looks into connections, has a certificate of a private CA, name the file with it: --ca-file FILE.',
  },
  {
    reason: 'tls-wrong-name',
    code: 'CLAIM_TLS_WRONG_NAME',
    next: 'Use the name that the certificate is for in --claim-url.',
  },
  {
    reason: 'tls-expired',
    code: 'CLAIM_TLS_EXPIRED',
    next: 'Check the clock of this machine (date). If it is right, the certificate of the Cloud has to be renewed.',
  },
  {
    reason: 'tls',
    code: 'CLAIM_TLS_FAILED',
    next: 'Check --claim-url and --ca-file: the port may not speak TLS, or not a version that is safe today.',
  },
  {
    reason: 'closed',
    phase: 'connecting',
    code: 'CLAIM_TLS_FAILED',
    next: 'Something closes the connection before it is secure: check the firewall, and whether the port in --claim-url speaks TLS.',
    mayPass: true,
  },
  {
    reason: 'proxy-unreachable',
    code: 'CLAIM_PROXY_UNREACHABLE',
    next: 'Check the host and port of the proxy, and that it runs; or claim without it: --claim-noproxy.',
    mayPass: true,
  },
  {
    reason: 'proxy-login',
    code: 'CLAIM_PROXY_LOGIN',
    next: 'Check user and password of the proxy: --claim-proxy http://USER:PASSWORD@HOST:PORT; NETDATA_CLAIM_PROXY keeps them out of the process list.',
  },
  {
    reason: 'proxy-refused',
    code: 'CLAIM_PROXY_REFUSED',
    next: 'Ask whoever runs the proxy to let this machine reach the host and port of --claim-url; or claim without it: --claim-noproxy.',
  },
];

const otherwise: FailureRow = {
  code: 'CLAIM_UNREACHABLE',
  next: 'Check --claim-url, the firewall and the proxy, and claim again.',
};
