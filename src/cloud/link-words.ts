import type { ErrorCode } from '../errors.ts';
import type { LinkCheck, LinkSubject } from './link-checks.ts';

/** What the agent says of its own link, when all that can be seen from outside holds. */
export function wordsCheck({ says, words }: Pick<LinkSubject, 'says' | 'words'>): LinkCheck {
  if (says?.online) return { layer: 'agent', result: 'pass', seen: 'The agent says aclk-available: true.' };
  if (words.banned) {
    return {
      layer: 'agent',
      result: 'fail',
      code: 'LINK_BANNED',
      seen: 'The agent says that the Cloud has banned it.',
      fix: 'Start the agent again; if it is banned then too, take the node out of its space and claim it again with --new-id.',
    };
  }
  const known = logRows.find(({ line }) => line.test(words.logLine ?? ''));
  return {
    layer: 'agent',
    result: 'fail',
    code: known?.code ?? 'LINK_NOT_ONLINE',
    seen: `The agent says aclk-available: false, while all that its link needs is there for kickstart.${quoted(words)}`,
    fix: known?.fix ?? 'It goes on trying by itself: look again with kickstart status, and at what its log says of the link.',
  };
}

/** Whether a line of the agent's log tells why its link is not up. */
export function tellsOfLink(line: string): boolean {
  return logRows.some((row) => row.line.test(line));
}

function quoted({ reason, logLine }: LinkSubject['words']): string {
  return [
    ...(reason === undefined ? [] : [` It gives as its reason: ${reason}.`]),
    ...(logLine === undefined ? [] : [` Its log says: ${logLine}`]),
  ].join('');
}

interface LogRow {
  line: RegExp;
  code: ErrorCode;
  fix: string;
}

// Source: spec/claiming-and-link.md 7.2, 7.3, 7.5 to 7.8, 8 and 9: what agents say, and the stand-in in its own words.
const logRows: readonly LogRow[] = [
  {
    line: /Cert Chain verify error|certificate verify failed|self-signed certificate/i,
    code: 'LINK_TLS_FAILED',
    fix: 'The agent trusts other certificates than kickstart: a private CA has to be in SSL_CERT_FILE of its service. Claim once more with --ca-file FILE, which puts it there.',
  },
  {
    line: /SOCKS5 proxy is not supported/i,
    code: 'LINK_PROXY_UNFIT',
    fix: 'Set an http proxy as [cloud] proxy in netdata.conf, and start the agent again.',
  },
  {
    // The second: aclk_util.c of 2.10.4, in which the link can use SOCKS.
    line: /SOCKS5 (proxy re|proxy selected|auth failed|CONNECT failed)|Failed to CONNECT with proxy|Proxy didn't return 200|proxy .* does not lead to/i,
    code: 'LINK_PROXY_FAILED',
    fix: 'Look at the log of the proxy, and at [cloud] proxy in netdata.conf.',
  },
  {
    line: /Cannot resolve host/i,
    code: 'LINK_NAME_NOT_FOUND',
    fix: 'Look at the name in the URL of the Cloud and in the proxy of the agent, and at /etc/resolv.conf.',
  },
  {
    line: /cloud requested old one|no transport usable|transport usable by this Agent/i,
    code: 'LINK_ENV_UNUSABLE',
    fix: 'This Cloud is for other versions of the agent: upgrade one of them.',
  },
  {
    line: /decrypt/i,
    code: 'LINK_KEY_WRONG',
    fix: 'The agent has another key in memory than the one on the disk, which fits its claim: start the agent again.',
  },
  {
    line: /missing compulsory topic/i,
    code: 'LINK_NOT_ONLINE',
    fix: 'The Cloud does not give this agent all that it needs: it is for other versions of the agent.',
  },
  {
    line: /sec-websocket-accept|Error connecting to MQTT WSS/i,
    code: 'LINK_WEBSOCKET_REFUSED',
    fix: 'Something between the agent and the Cloud does not let WebSockets through: let it pass /mqtt on.',
  },
  {
    line: /MQTT CONNACK returned error/i,
    code: 'LINK_NOT_ONLINE',
    fix: 'The broker of the Cloud does not take the agent: claim it again, with --new-id if need be.',
  },
];
