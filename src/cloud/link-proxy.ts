import type { LinkTraits } from './link-traits.ts';
import { type Proxy as ProxySetting, parseProxy } from './proxy.ts';

/** What the link of an agent goes through. `unknown`: its environment decides, and may not be seen. */
export type LinkProxy =
  | { kind: 'none'; from: string }
  | { kind: 'proxy'; from: string; proxy: ProxySetting }
  /** Something is written there that agents do not understand: they go directly. */
  | { kind: 'not-understood'; from: string }
  | { kind: 'unknown' };

/** `setting` is the agent's own, and may be newer than the process; the environment is the daemon's. Source: spec/claiming-and-link.md 8.1. */
export function linkProxy(
  setting: string | undefined,
  environment: Readonly<Record<string, string>> | undefined,
  { proxyVariables }: Pick<LinkTraits, 'proxyVariables'>,
  isNewer = false,
): LinkProxy {
  const own = setting?.trim() || 'env';
  const ofAgent = `the agent's own setting${isNewer ? newer : ''}`;
  if (own === 'none') return { kind: 'none', from: ofAgent };
  if (own !== 'env') return through(own, ofAgent);
  if (environment === undefined) return { kind: 'unknown' };
  const variable = proxyVariables.find((name) => environment[name]);
  if (variable === undefined) return { kind: 'none', from: "the agent's environment" };
  return through(environment[variable] ?? '', `${variable} in the agent's environment`);
}

// Which line of the file was changed, nobody can tell.
const newer = ', whose file was changed after the agent started: it may be in effect only from its next start on';

/** Without user and password. */
export function shownLinkProxy(link: LinkProxy): string {
  if (link.kind === 'proxy') return `${link.proxy.shown} (${link.from})`;
  if (link.kind === 'none') return `none (${link.from})`;
  return link.kind === 'unknown' ? "as the agent's environment says" : `none (${link.from} is no proxy that an agent knows)`;
}

function through(text: string, from: string): LinkProxy {
  const proxy = parseProxy(text);
  return proxy === undefined ? { kind: 'not-understood', from } : { kind: 'proxy', proxy, from };
}
