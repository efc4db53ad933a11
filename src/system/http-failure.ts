import { HttpFailure, type HttpFailureReason, type HttpPhase } from './system.ts';

/** What went wrong in an exchange, named truthfully: the reason for programs, the sentence for people. */
export function httpFailure(error: unknown, url: string, phase: HttpPhase): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const { code, message } = deepest(error);
  const reason = reasonOf(code);
  return new HttpFailure(reason, url, `${sentences[reason]}: ${message}`, error, phase);
}

/** Several addresses of one name give one error each, and libraries wrap what the system said. */
function deepest(error: unknown, depth = 0): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error instanceof AggregateError && error.errors.length > 0 && depth < 5) return deepest(error.errors[0], depth + 1);
  // undici's parser errors have a name, but not always a code.
  const named = error.name === 'HTTPParserError' ? 'HPE_' : '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : named;
  if (reasonOf(code) === 'other' && error.cause !== undefined && depth < 5) return deepest(error.cause, depth + 1);
  return { code, message: error.message };
}

function reasonOf(code: string): HttpFailureReason {
  return reasons.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
}

// Codes: libuv's, OpenSSL's X509_V_ERR_* as Node names them, and undici's lib/core/errors.js. The first match counts.
const reasons: readonly (readonly [RegExp, HttpFailureReason])[] = [
  [/^(ENOTFOUND|EAI_\w+)$/, 'name-not-found'],
  [/^ECONNREFUSED$/, 'refused'],
  [/^(ETIMEDOUT|UND_ERR_\w+_TIMEOUT)$/, 'timeout'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_PRX_CONN|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'closed'],
  [/^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, 'tls-wrong-name'],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, 'tls-expired'],
  [/^(CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_CERT_|DEPTH_ZERO_|ERROR_IN_CERT_|PATH_LENGTH_|INVALID_(CA|PURPOSE))/, 'tls-untrusted'],
  [/^(EPROTO|UND_ERR_PRX_TLS|ERR_(TLS|SSL|OSSL)_\w+)$/, 'tls'],
  [/^HPE_/, 'not-http'],
  [/^UND_ERR_(RES_EXCEEDED_MAX_SIZE|HEADERS_OVERFLOW)$/, 'too-large'],
];

const sentences: Readonly<Record<HttpFailureReason, string>> = {
  'name-not-found': 'The name of the server could not be found',
  refused: 'The server does not take connections',
  timeout: 'The server did not answer in time',
  'tls-untrusted': 'The certificate of the server is not trusted',
  'tls-wrong-name': 'The certificate of the server is for another name',
  'tls-expired': 'The certificate of the server is not valid today',
  'proxy-unreachable': 'The proxy cannot be reached',
  'proxy-login': 'The proxy does not accept the login',
  'proxy-refused': 'The proxy does not lead to the server',
  tls: 'There was no secure connection',
  closed: 'The connection was closed before the answer was complete',
  'not-http': 'The answer is not HTTP',
  'too-large': 'The answer is too long',
  redirects: 'The answer leads nowhere',
  'invalid-url': 'This is not a URL that can be asked',
  other: 'There was no answer',
};
