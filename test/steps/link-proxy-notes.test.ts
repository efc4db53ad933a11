import { describe, expect, it } from 'vitest';
import { linkProxyNotes } from '../../src/steps/link-proxy-notes.ts';
import { Secret } from '../../src/system/secret.ts';

const option = { from: 'option', url: new Secret('http://user:canary@proxy:3128') } as const;
const ofLink = { proxy: 'http://user:canary@other:3128' };

describe('after a claim', () => {
  it('through a proxy that the link does not have, that is said, and how to change it', () => {
    const [note] = linkProxyNotes({ proxy: option, settings: {} });
    expect(note).toContain('--claim-proxy-configure');
  });

  it('past a proxy that the link has, that is said', () => {
    expect(linkProxyNotes({ proxy: { from: 'none' }, settings: ofLink })).toEqual([
      "The claim did not go through http://other:3128, and the agent's link does: its own setting says so.",
    ]);
  });

  it('what the link of this version cannot do is said, also when the claim could', () => {
    const [note] = linkProxyNotes({ proxy: { from: 'agent' }, settings: ofLink, agentVersion: '1.37.1' });
    expect(note).toContain('cannot use a proxy with user and password');
    const old = {
      proxy: { from: 'agent' },
      settings: { proxy: 'http://p:1' },
      agentVersion: '1.37.1',
      proxyHttpVersion: '1.0',
    } as const;
    expect(linkProxyNotes(old)[0]).toContain('it answers with HTTP/1.0');
  });

  it('nothing is said where claim and link go the same way', () => {
    expect(linkProxyNotes({ proxy: { from: 'agent' }, settings: {}, agentVersion: '1.31.0' })).toEqual([]);
    expect(linkProxyNotes({ proxy: { from: 'none' }, settings: { proxy: 'none' }, agentVersion: '1.31.0' })).toEqual([]);
    expect(linkProxyNotes({ proxy: { from: 'agent' }, settings: ofLink, agentVersion: '2.3.0' })).toEqual([]);
  });

  it('no password is repeated', () => {
    const all = [option, { from: 'none' } as const].map((proxy) =>
      linkProxyNotes({ proxy, settings: ofLink, agentVersion: '1.37.1' }),
    );
    expect(JSON.stringify(all)).not.toContain('canary');
  });
});
