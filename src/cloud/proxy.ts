import { encodedLogin } from '../system/proxy-login.ts';
import { Secret } from '../system/secret.ts';
import type { HttpRequest } from '../system/system.ts';

/** Which proxy the claim call uses. `agent`: that of the agent's own setting, which its link uses. */
export type ClaimProxy = { from: 'none' } | { from: 'environment' } | { from: 'agent' } | { from: 'option'; url: Secret };

export interface Proxy {
  scheme: 'http' | 'socks5' | 'socks5h';
  host: string;
  port: number;
  hasCredentials: boolean;
  /** With port; user and password encoded, so that every URL parser takes them apart in the same way. */
  url: Secret;
  /** Without user and password. */
  shown: string;
}

/**
 * `http://[user:pass@]host[:port]`, or socks5, or socks5h; undefined when it is none, and then an agent goes directly.
 * The port is 8080 for http, as agents have it, and 1080 for SOCKS. Source: spec/claiming-and-link.md 8.1 and 8.3.
 */
export function parseProxy(text: string): Proxy | undefined {
  const found = /^(http|socks5h?):\/\/(?:(.*)@)?(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::(\d{1,5}))?\/?$/is.exec(text.trim());
  if (found === null) return undefined;
  const [, givenScheme = '', login, givenHost = '', givenPort] = found;
  const [scheme, host] = [givenScheme.toLowerCase(), givenHost.toLowerCase()];
  if (!isScheme(scheme)) return undefined;
  const port = Number(givenPort ?? defaultPorts[scheme]);
  const shown = `${scheme}://${host}:${port}`;
  if (port < 1 || port > 65535 || !URL.canParse(shown)) return undefined;
  const hasCredentials = login !== undefined && login !== '' && login !== ':';
  const url = new Secret(hasCredentials ? shown.replace('//', () => `//${encodedLogin(login)}@`) : shown);
  return { scheme, host, port, hasCredentials, url, shown };
}

function isScheme(text: string): text is Proxy['scheme'] {
  return Object.hasOwn(defaultPorts, text);
}

/**
 * What system/http takes. `agentSetting` is `[cloud] proxy` of the agent's configuration: none, env, or a URL.
 * Absent or `env` is the environment; what is no proxy URL is none, because the agent goes directly then. Source: 8.1.
 */
export function proxyOf(proxy: ClaimProxy, agentSetting?: string): HttpRequest['proxy'] {
  if (proxy.from === 'none') return 'none';
  if (proxy.from === 'option') return proxy.url;
  if (proxy.from === 'environment') return undefined;
  const setting = agentSetting?.trim() ?? '';
  return setting === '' || setting === 'env' ? undefined : (parseProxy(setting)?.url ?? 'none');
}

interface LinkProxy extends Pick<Proxy, 'scheme' | 'hasCredentials'> {
  /** Of its answer to CONNECT, as `1.0`: what the claim call saw, when it saw one. */
  httpVersion?: string;
}

interface Limit {
  /** The first version that has it, and the first that does not. */
  since: string;
  until: string;
  applies(proxy: LinkProxy): boolean;
  cannot: string;
}

/** What the agent-cloud link of this agent version cannot do with the proxy, as a sentence; undefined when it can use it. */
export function linkCannot(proxy: LinkProxy, agentVersion: string): string | undefined {
  const limit = limits.find(
    ({ since, until, applies }) => !isBefore(agentVersion, since) && isBefore(agentVersion, until) && applies(proxy),
  );
  return limit && `The agent-cloud link of Netdata ${agentVersion} ${limit.cannot}`;
}

/** Compares major, minor and patch; what comes before the first digit is no part of it. */
export function isBefore(version: string, other: string): boolean {
  const [ours, theirs] = [version, other].map((text) => text.replace(/^\D+/, '').split(/\D+/).map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (ours?.[index] ?? 0) - (theirs?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

const isSocks = ({ scheme }: LinkProxy) => scheme !== 'http';
const hasLogin = ({ hasCredentials }: LinkProxy) => hasCredentials;

// Source: spec/claiming-and-link.md 8.2 and 8.3. To 1.29 there is only the legacy link, from 1.33 only the new one, between them both.
const limits: readonly Limit[] = [
  {
    since: '0.0.0',
    until: '1.33.0',
    applies: isSocks,
    cannot:
      'can use a SOCKS5 proxy only when it is the legacy link and its libwebsockets was built with SOCKS5. Use an http proxy.',
  },
  {
    since: '1.33.0',
    until: '2.10.0',
    applies: isSocks,
    cannot: 'cannot use a SOCKS5 proxy, and stays offline with one. Use an http proxy, or an agent from 2.10.0 on.',
  },
  {
    since: '1.30.0',
    until: '1.33.0',
    applies: hasLogin,
    cannot:
      'can use a proxy with user and password only when it is the legacy link. Use a proxy without, or an agent from 1.38.0 on.',
  },
  {
    since: '1.33.0',
    until: '1.38.0',
    applies: hasLogin,
    cannot: 'cannot use a proxy with user and password. Use a proxy without, or an agent from 1.38.0 on.',
  },
  {
    since: '1.30.0',
    until: '1.46.2',
    applies: ({ httpVersion }) => httpVersion === '1.0',
    cannot:
      'cannot use this proxy, because it answers with HTTP/1.0. Use one that answers with HTTP/1.1, or an agent from 1.46.2 on.',
  },
];

const defaultPorts: Readonly<Record<Proxy['scheme'], number>> = { http: 8080, socks5: 1080, socks5h: 1080 };
