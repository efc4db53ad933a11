import { readFile } from 'node:fs/promises';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { HttpFailure } from './system.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Connection {
  url: URL;
  caFile: string | undefined;
  connectMilliseconds: number;
}

/**
 * What carries one exchange: directly or through the proxy of the environment, trusting the system's certificates and those in a file.
 * Nothing is kept open between exchanges: a connection that the other side has closed meanwhile would look like a lost answer.
 */
export async function openConnection(
  { url, caFile, connectMilliseconds }: Connection,
  environment: Environment,
): Promise<Dispatcher> {
  // Lazily: undici is most of kickstart, and many commands need no network.
  const { EnvHttpProxyAgent } = await import('undici');
  const tls = url.protocol === 'https:' ? { secureContext: await trust(caFile, url.href) } : {};
  const proxy = proxyFor(url, environment);
  const agent = new EnvHttpProxyAgent({
    // As empty strings, or undici would look into the environment of the process.
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: [...ownNames, variable('no_proxy', environment) ?? ''].join(','),
    connect: { ...tls, timeout: connectMilliseconds },
    connectTimeout: connectMilliseconds,
    requestTls: tls,
    // HTTP/1.1 is all that release servers and the Cloud need, and its time limits are known to hold.
    allowH2: false,
    pipelining: 0,
  });
  return agent;
}

/** As curl reads them: a proxy for one scheme, else the one for all; the scheme of the proxy itself is http when it is not said. */
function proxyFor(url: URL, environment: Environment): string {
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = variable(name, environment) ?? variable('all_proxy', environment) ?? '';
  if (value === '') return '';
  const proxy = value.includes('://') ? value.replace(/^socks5h:/i, 'socks5:') : `http://${value}`;
  if (URL.canParse(proxy) && /^(https?|socks5):/i.test(proxy)) return proxy;
  // Without the value: it may have a password in it.
  throw new HttpFailure('other', url.href, `The proxy in ${name} or all_proxy is not an http, https or socks5 URL`);
}

function variable(name: string, environment: Environment): string | undefined {
  return environment[name] || environment[name.toUpperCase()] || undefined;
}

async function trust(caFile: string | undefined, url: string): Promise<SecureContext> {
  const system = systemCertificates();
  if (caFile === undefined) return createSecureContext({ ca: system });
  try {
    return createSecureContext({ ca: [...system, await readFile(caFile, 'utf8')] });
  } catch (error) {
    throw new HttpFailure('tls', url, `The certificates in ${caFile} cannot be read`, error);
  }
}

/** A system without a certificate store leaves those that came with Node. */
function systemCertificates(): string[] {
  const system = getCACertificates('system');
  return [...new Set(system.length > 0 ? system : getCACertificates('default'))];
}

// A proxy's idea of this machine's own name is the proxy.
const ownNames: readonly string[] = ['localhost', '127.0.0.1', '::1'];
