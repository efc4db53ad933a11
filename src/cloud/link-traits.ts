import { isBefore } from './proxy.ts';

/** How the agent-cloud link of one agent behaves. Source: spec/claiming-and-link.md 7.1, 7.3, 7.4 and 8.1. */
export interface LinkTraits {
  /** Asks /env where to go; else the host of the claim URL is all it knows. */
  asksEnv: boolean;
  checksCertificates: boolean;
  /** Of the certificate. */
  checksNames: boolean;
  /** The kind of transport in the answer to /env that it takes. */
  transport: 'MQTTv3' | 'MQTTv5';
  /** Takes the first transport, of whatever kind. */
  takesFirst: boolean;
  /** Speaks the new protocol only. */
  protoOnly: boolean;
  readsChunks: boolean;
  /** Without its claim it aborts within so many seconds after its link came up first: it makes a message from a null. */
  abortsUnclaimedSeconds?: number;
  /** In this order, from the environment of the daemon; lower case only. */
  proxyVariables: readonly string[];
}

/** `implementation` is what agents of 1.30 to 1.36 call their link. An agent of an unknown version is taken for a new one. */
export function linkTraits(version = '2.11.0', implementation?: string): LinkTraits {
  const since = (first: string) => !isBefore(version, first);
  const isLegacy = implementation === undefined ? !since('1.32.0') : /legacy/i.test(implementation);
  return {
    asksEnv: !isLegacy && since('1.31.0'),
    checksCertificates: isLegacy || since('1.32.0'),
    checksNames: isLegacy || since('2.10.4'),
    transport: since('1.37.0') ? 'MQTTv5' : 'MQTTv3',
    takesFirst: since('2.2.1') && !since('2.6.0'),
    protoOnly: since('1.36.0'),
    readsChunks: since('1.42.0'),
    // Seen with 1.37.1, 30 s after its start; not with 1.33.1. Source: agent database/sqlite/sqlite_aclk.c, node_collectors_send; 1.39 asks first.
    ...(since('1.36.0') && !since('1.39.0') ? { abortsUnclaimedSeconds: 45 } : {}),
    proxyVariables: [
      // The new link notices a SOCKS proxy there, and goes on without it.
      ...(isLegacy ? ['socks_proxy'] : []),
      'http_proxy',
      ...(since('2.3.0') ? ['https_proxy'] : []),
    ],
  };
}
