import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * Whether a server is asked directly, by the value of `no_proxy`: names with all below them, addresses, and ranges of addresses such as 10.0.0.0/8, each
 * with a port or without, between commas or blanks; a star for everything. Source: curl(1), NO_PROXY.
 */
export function isDirect(url: URL, noProxy: string): boolean {
  const host = plainName(url.hostname);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  // A proxy's idea of this machine's own name is the proxy.
  return [...ownNames, ...noProxy.split(/[,\s]+/)].some((entry) => {
    if (entry.includes('/')) return isIn(entry, host);
    const [, name = '', ofPort] = isIPv6(entry) ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
    if (ofPort !== undefined && ofPort !== port) return false;
    const suffix = plainName(name);
    if (suffix === '*') return true;
    if (isIP(host) !== 0) return isIP(suffix) !== 0 && isSame(suffix, host);
    const isBelow = host.endsWith(`.${suffix.replace(/^\*?\./, '')}`);
    return suffix !== '' && (isBelow || host === suffix.replace(/^\./, ''));
  });
}

function isIn(range: string, host: string): boolean {
  const [, network = '', bits = ''] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/i.exec(range) ?? [];
  const family = isIP(network);
  if (family === 0 || isIP(host) === 0 || Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), nameOf(family));
  return list.check(host, nameOf(isIP(host)));
}

/** One address can be written in several ways. */
function isSame(address: string, host: string): boolean {
  const list = new BlockList();
  list.addAddress(address, nameOf(isIP(address)));
  return list.check(host, nameOf(isIP(host)));
}

function nameOf(family: number): 'ipv4' | 'ipv6' {
  return family === 6 ? 'ipv6' : 'ipv4';
}

function plainName(host: string): string {
  return host
    .replace(/^\[(.+)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
}

const ownNames: readonly string[] = ['localhost', '127.0.0.1', '::1'];
