import { isDirect } from './no-proxy.ts';
import { encodedLogin } from './proxy-login.ts';
import { Secret } from './secret.ts';
import { HttpFailure, type HttpRequest } from './system.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The way to a server: the URL of a proxy, which may hold a password, or undefined for the direct way. */
export type Route = URL | undefined;

/** As the request says; else as curl reads the environment: a proxy for one scheme, else the one for all, and `no_proxy` against both. */
export function routeTo(url: URL, proxy: HttpRequest['proxy'], environment: Environment): Route {
  if (proxy === 'none') return undefined;
  if (proxy instanceof Secret) return proxyUrl(Secret.reveal(proxy), 'the proxy that was given', url);
  const name = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const value = variable(name, environment) ?? variable('all_proxy', environment);
  if (value === undefined || isDirect(url, variable('no_proxy', environment) ?? '')) return undefined;
  return proxyUrl(value, `The proxy in ${name} or all_proxy`, url);
}

function variable(name: string, environment: Environment): string | undefined {
  return environment[name] || environment[name.toUpperCase()] || undefined;
}

/** The scheme is http when it is not said. Throws without the value, which may have a password in it. */
function proxyUrl(value: string, whose: string, url: URL): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const [, scheme = '', login, place = ''] = /^([^:]*):\/\/(?:(.*)@)?([^/\\].*)$/s.exec(text.trim()) ?? [];
  const proxy = `${scheme}://${login === undefined ? '' : `${encodedLogin(login)}@`}${place}`;
  if (/^(https?|socks5h?)$/i.test(scheme) && URL.canParse(proxy)) return new URL(proxy);
  const what = `${whose.charAt(0).toUpperCase()}${whose.slice(1)}`;
  throw new HttpFailure(
    'other',
    `${url.origin}/`,
    `${what} is not an http, https, socks5 or socks5h URL`,
    undefined,
    'connecting',
  );
}

/** User and password of a proxy as they are meant; a percent sign that begins nothing stands for itself. */
export function loginOf({ username, password }: URL): { user: string; password: string } | undefined {
  if (username === '' && password === '') return undefined;
  return { user: decoded(username), password: decoded(password) };
}

/** What the proxy wants to hear in Proxy-Authorization. Source: RFC 7617. */
export function basicLogin(proxy: URL): string | undefined {
  const login = loginOf(proxy);
  return login && `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
