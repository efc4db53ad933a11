import type { ErrorCode } from '../errors.ts';
import { type HttpAnswer, HttpFailure, type HttpRequest, type ReadableSystem } from '../system/system.ts';
import type { FailedCheck, LinkCheck, LinkLayer, LinkSubject } from './link-checks.ts';

/** What one request showed: the layers that carried it, or the one that did not. */
interface Asked {
  checks: readonly LinkCheck[];
  /** Absent when there was none. */
  answer?: HttpAnswer;
}

/**
 * The https origin that the link makes of a URL: it speaks TLS whatever the scheme, and its ports are 443 for https, 80 for http, and else none.
 * Undefined when it can make nothing of it. Source: spec/claiming-and-link.md 7.3.
 */
export function linkOrigin(url: string): string | undefined {
  const [, scheme, authority = ''] = /^(?:([a-z]+):\/\/)?(?:[^/?#@]*@)?([^/?#]+)/i.exec(url.trim()) ?? [];
  const ports: Readonly<Record<string, string>> = { https: '443', http: '80' };
  const [, host, port = ports[scheme?.toLowerCase() ?? '']] =
    /^(\[[0-9a-f:.]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(authority) ?? [];
  const origin = `https://${host}:${port}`;
  return host === undefined || port === undefined || !URL.canParse(origin) ? undefined : new URL(origin).origin;
}

/** Asks in the way of the agent: through its proxy, trusting what it trusts. */
export async function ask(url: string, layer: Purpose, subject: LinkSubject, system: ReadableSystem): Promise<Asked> {
  const strict = await attempt(url, layer, subject, !subject.traits.checksCertificates, system);
  if (!(strict instanceof HttpFailure)) return { checks: carried(url, subject), answer: strict };
  // Most versions of the link do not look at the name in a certificate.
  if (strict.reason !== 'tls-wrong-name' || subject.traits.checksNames) return { checks: [failed(strict, layer, subject)] };
  const lenient = await attempt(url, layer, subject, true, system);
  if (lenient instanceof HttpFailure) return { checks: [failed(lenient, layer, subject)] };
  const warning: LinkCheck = {
    layer: 'tls',
    result: 'warn',
    seen: `The certificate of ${hostOf(url)} is for another name; this version of the agent does not mind.`,
    fix: 'Agents from 2.10.4 on do: give the Cloud a certificate for its name.',
  };
  return { checks: [...carried(url, subject).filter((check) => check.layer !== 'tls'), warning], answer: lenient };
}

/** What a request is for: where a failure belongs that is of no layer below. */
export type Purpose = Extract<LinkLayer, 'env' | 'challenge' | 'websocket'>;

async function attempt(
  url: string,
  layer: Purpose,
  { proxy, caFile }: LinkSubject,
  insecure: boolean,
  system: ReadableSystem,
): Promise<HttpAnswer | HttpFailure> {
  const request: Omit<HttpRequest, 'method'> = {
    url,
    ...(layer === 'websocket' ? { upgrade: 'websocket', headers: websocketHeaders } : {}),
    ...(caFile === undefined ? {} : { caFile }),
    ...(insecure ? { insecure: true } : {}),
    // The environment is the daemon's, and not this process's.
    ...(proxy.kind === 'unknown' ? {} : { proxy: proxy.kind === 'proxy' ? proxy.proxy.url : 'none' }),
    redirects: 'return',
    timeoutSeconds: 10,
    maximumBytes: 64 * 1024,
  };
  try {
    return await system.get(request);
  } catch (error) {
    if (error instanceof HttpFailure) return error;
    throw error;
  }
}

/** What an answer of any kind proves. */
function carried(url: string, { proxy }: LinkSubject): readonly LinkCheck[] {
  const host = hostOf(url);
  const way: LinkCheck =
    proxy.kind === 'proxy'
      ? { layer: 'proxy', result: 'pass', seen: `The proxy ${proxy.proxy.shown} leads to ${host}.` }
      : { layer: 'name', result: 'pass', seen: `The name of ${host} can be resolved.` };
  return [
    way,
    { layer: 'connection', result: 'pass', seen: `${host} takes connections.` },
    { layer: 'tls', result: 'pass', seen: `The certificate of ${host} is trusted.` },
  ];
}

function failed(failure: HttpFailure, layer: Purpose, subject: LinkSubject): FailedCheck {
  const row = rows.find(({ reasons, phase }) => reasons.test(failure.reason) && (phase ?? failure.phase) === failure.phase);
  const {
    layer: at = layer,
    code,
    fix,
  } = row ?? {
    code: unanswered[layer],
    fix: () =>
      `Look at what is between this machine and the Cloud: firewall, proxy, ${layer === 'websocket' ? 'WebSocket support, ' : ''}load balancer.`,
  };
  return { layer: at, result: 'fail', code, seen: `${failure.message}.`, fix: fix(subject) };
}

const unanswered: Readonly<Record<Purpose, ErrorCode>> = {
  env: 'LINK_ENV_UNUSABLE',
  challenge: 'LINK_CHALLENGE_REFUSED',
  websocket: 'LINK_WEBSOCKET_REFUSED',
};

interface FailureRow {
  reasons: RegExp;
  phase?: HttpFailure['phase'];
  layer?: LinkLayer;
  code: ErrorCode;
  fix(subject: LinkSubject): string;
}

const rows: readonly FailureRow[] = [
  {
    reasons: /^name-not-found$/,
    layer: 'name',
    code: 'LINK_NAME_NOT_FOUND',
    fix: () =>
      "Look at /etc/resolv.conf and /etc/hosts. If only a proxy can resolve it, set that as [cloud] proxy in netdata.conf, or with --claim-proxy PROXY --claim-proxy-configure; a proxy of your shell is not the agent's.",
  },
  {
    reasons: /^proxy-/,
    layer: 'proxy',
    code: 'LINK_PROXY_FAILED',
    fix: ({ proxy }) =>
      `Look whether the proxy runs and lets the agent through. It comes from ${'from' in proxy ? proxy.from : "the agent's environment"}; the agent reads it when it starts.`,
  },
  {
    reasons: /^refused$/,
    layer: 'connection',
    code: 'LINK_CONNECTION_FAILED',
    fix: () => 'Nobody takes connections there: look at host and port of the URL, and whether a firewall forbids it.',
  },
  {
    reasons: /^timeout$/,
    phase: 'connecting',
    layer: 'connection',
    code: 'LINK_CONNECTION_FAILED',
    fix: () =>
      "A firewall drops the connection, or the network needs a proxy: set it as [cloud] proxy in netdata.conf, or with --claim-proxy PROXY --claim-proxy-configure; a proxy of your shell is not the agent's.",
  },
  {
    reasons: /^tls-expired$/,
    layer: 'tls',
    code: 'LINK_TLS_FAILED',
    fix: () => 'Look at the clock of this machine (date). If it is right, the certificate of the Cloud has to be renewed.',
  },
  {
    reasons: /^tls-wrong-name$/,
    layer: 'tls',
    code: 'LINK_TLS_FAILED',
    fix: () => 'Claim the agent again with the name that the certificate is for in --claim-url.',
  },
  {
    reasons: /^tls/,
    layer: 'tls',
    code: 'LINK_TLS_FAILED',
    fix: ({ caFile }) =>
      caFile === undefined
        ? "The agent's link trusts the certificates of the system only. If the Cloud, or a proxy that looks into connections, has a private CA: kickstart claim --ca-file FILE brings it to the agent; cloud_fullchain.pem does not."
        : `The agent's link trusts the system and ${caFile}, which SSL_CERT_FILE of its service names: put the right CA there (kickstart claim --ca-file FILE), and start the agent again.`,
  },
  {
    reasons: /^closed$/,
    phase: 'connecting',
    layer: 'tls',
    code: 'LINK_TLS_FAILED',
    fix: () => 'Something closes the connection before it is secure: look at the firewall, and whether the port speaks TLS.',
  },
];

function hostOf(url: string): string {
  return new URL(url).host;
}

// Sixteen bytes that say who asks. Source: RFC 6455 4.1; subprotocol: spec/claiming-and-link.md 7.7.
const websocketHeaders = {
  'sec-websocket-key': Buffer.from('kickstart-check!').toString('base64'),
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'mqtt',
};
