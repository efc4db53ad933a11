import { type ClaimProxy, linkCannot, parseProxy } from '../cloud/proxy.ts';
import type { AgentSettings } from '../host/agent-configuration.ts';

interface ProxiedClaim {
  /** How the claim went. */
  proxy: ClaimProxy;
  /** Of the agent, whose link has its own setting. */
  settings: Pick<AgentSettings, 'proxy'>;
  /** semver. */
  agentVersion?: string;
  /** What the proxy of the claim answered CONNECT with. */
  proxyHttpVersion?: string;
}

/** What has to be known about the agent's link after a claim: it goes another way than the claim, or this version cannot go that way. */
export function linkProxyNotes({ proxy, settings, agentVersion, proxyHttpVersion }: ProxiedClaim): readonly string[] {
  const ofLink = parseProxy(settings.proxy ?? '');
  const way = anotherWay(proxy, ofLink?.shown);
  if (ofLink === undefined || agentVersion === undefined) return way;
  const seen = proxy.from === 'agent' && proxyHttpVersion !== undefined ? { httpVersion: proxyHttpVersion } : {};
  const cannot = linkCannot({ ...ofLink, ...seen }, agentVersion);
  return cannot === undefined ? way : [...way, cannot];
}

function anotherWay({ from }: ClaimProxy, ofLink: string | undefined): readonly string[] {
  if (from === 'option' && ofLink === undefined) {
    return [
      "The claim went through a proxy, and the agent's own setting names none: its link goes without, or as its environment says. --claim-proxy-configure writes it there.",
    ];
  }
  if (from === 'option') return [`The agent's link goes through ${ofLink}, as its own setting says.`];
  if (from !== 'agent' && ofLink !== undefined) {
    return [`The claim did not go through ${ofLink}, and the agent's link does: its own setting says so.`];
  }
  return [];
}
