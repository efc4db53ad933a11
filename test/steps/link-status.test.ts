import { describe, expect, it } from 'vitest';
import { linkStatus } from '../../src/steps/link-status.ts';
import { createFakeSystem, type FakeSystemOptions } from '../support/fake-system.ts';

const id = '1d39de1a-e4ce-11f1-aeea-02fc00000001';
const library = '/x/var/lib/netdata';
const claimed: NonNullable<FakeSystemOptions['files']> = {
  '/etc/passwd': 'netdata:x:998:997::/:/bin/false\n',
  '/x/etc/netdata/netdata.conf': '[web]\n    default port = 20000\n[cloud]\n    proxy = http://user:canary@proxy:3128\n',
  [`${library}/cloud.d/cloud.conf`]: '[global]\n  enabled = yes\n  cloud base url = https://u:canary@cloud.example\n',
  [`${library}/cloud.d/claimed_id`]: id,
  [`${library}/cloud.d/rooms`]: 'a,b',
};
const info = {
  version: 'v1.44.0',
  ...{ 'cloud-enabled': true, 'cloud-available': true, 'agent-claimed': true, 'aclk-available': true },
};
const environment = { SSL_CERT_FILE: '/x/ca.pem' };
const netdata = { program: '/x/usr/sbin/netdata', arguments: ['-D'], environment };

function machine({
  says,
  files = claimed,
  runs = true,
  more = [],
}: { says?: object; runs?: boolean; more?: FakeSystemOptions['http'] } & Pick<FakeSystemOptions, 'files'>) {
  const url = 'http://127.0.0.1:20000/api/v1/info';
  return createFakeSystem({
    files,
    processes: { 40: runs ? netdata : { program: '/bin/sh', arguments: [] } },
    http: [
      says === undefined ? { url, failure: 'refused' } : { url, answer: { body: JSON.stringify(says) } },
      ...(more ?? []),
      { url: /^http:/, answer: { status: 404 } },
      { url: /^https:/, failure: 'proxy-unreachable' },
    ],
  });
}

/** A Cloud that does all that a link needs. */
const goodCloud: NonNullable<FakeSystemOptions['http']> = [
  { url: /\/api\/v1\/env/, answer: () => ({ headers: { 'content-length': '1' }, body: JSON.stringify(env) }) },
  { url: /\/challenge$/, answer: { body: '{"challenge":"AAAA"}' } },
  { url: /\/mqtt$/, answer: { status: 101, headers: { 'sec-websocket-accept': 'x' } } },
];

describe('the state of an agent', () => {
  it('is told whole when it is online, and the Cloud is not asked', async () => {
    const cloud = { status: 'online', since: 1_700_000_000, reason: 'connected' };
    const aclk = { url: 'http://127.0.0.1:20000/api/v2/info', answer: { body: JSON.stringify({ agents: [{ cloud }] }) } };
    const system = machine({ says: info, more: [aclk] });
    const { checks, ...status } = await linkStatus({ root: '/x' }, system);
    expect(status).toEqual({
      root: '/x',
      agent: {
        state: 'running',
        processId: 40,
        program: '/x/usr/sbin/netdata',
        version: '1.44.0',
        generation: 'cloud.d',
        port: 20000,
      },
      claim: { claimed: true, id, url: 'https://cloud.example', rooms: ['a', 'b'] },
      proxy: "http://proxy:3128 (the agent's own setting)",
      link: { state: 'online', since: '2023-11-14T22:13:20Z' },
    });
    expect(checks.every(({ result }) => result === 'pass')).toBe(true);
    expect(system.requests.filter(({ url }) => url.startsWith('https:'))).toEqual([]);
  });

  it('is that of an earlier claim when the agent says that its link has another id than its files', async () => {
    const earlier = '22222222-2222-4222-8222-222222222222';
    const aclk = { url: 'http://127.0.0.1:20000/api/v1/aclk', answer: { body: `{"online":true,"claimed-id":"${earlier}"}` } };
    const status = await linkStatus({ root: '/x' }, machine({ says: info, more: [aclk] }));
    expect(status).toMatchObject({
      claim: { claimed: true, id: earlier },
      link: { state: 'online' },
      firstFailing: {
        ...{ layer: 'claimed', code: 'CLAIM_RESTART_NEEDED' },
        seen: `The agent says that it is claimed as node ${earlier}, and ${library}/cloud.d has the claim ${id}: it has not read it.`,
      },
    });
    const same = { url: aclk.url, answer: { body: `{"online":true,"claimed-id":"${id.toUpperCase()}"}` } };
    expect(await linkStatus({ root: '/x' }, machine({ says: info, more: [same] }))).not.toHaveProperty('firstFailing');
  });

  it('names the Cloud as the agent does where its configuration cannot be read', async () => {
    const aclk = { url: 'http://127.0.0.1:20000/api/v1/aclk', answer: { body: '{"cloud-url":"https://other.example"}' } };
    const { [`${library}/cloud.d/cloud.conf`]: _, ...files } = claimed;
    const status = await linkStatus({ root: '/x' }, machine({ says: info, files, more: [aclk] }));
    expect(status.claim.url).toBe('https://other.example');
  });

  it('has the first layer that fails when it is not, found in the way of the agent', async () => {
    const system = machine({ says: { ...info, 'aclk-available': false } });
    const status = await linkStatus({ root: '/x' }, system);
    expect(status.link).toEqual({ state: 'offline' });
    expect(status.firstFailing).toMatchObject({ layer: 'proxy', code: 'LINK_PROXY_FAILED' });
    expect(system.requests.at(-1)).toMatchObject({
      caFile: '/x/ca.pem',
      url: expect.stringMatching(/^https:\/\/cloud\.example\/api\/v1\/env\?/),
    });
    expect(JSON.stringify(status)).not.toContain('canary');
  });

  it('changes nothing', async () => {
    const system = machine({ says: { ...info, 'aclk-available': false } });
    const before = system.tree();
    await linkStatus({ root: '/x' }, system);
    expect(system.tree()).toEqual(before);
    expect(system.commandsGiven).toEqual([]);
  });

  it('is told by its files when it does not run', async () => {
    const status = await linkStatus({ root: '/x', version: '1.31.0' }, machine({ runs: false }));
    expect(status).toMatchObject({
      agent: { state: 'stopped', version: '1.31.0' },
      claim: { claimed: true, id },
      link: { state: 'offline' },
      firstFailing: { layer: 'running', code: 'LINK_AGENT_STOPPED' },
    });
  });

  it('is not claimed when it says so, whatever is in its files', async () => {
    const status = await linkStatus(
      { root: '/x' },
      machine({ says: { ...info, 'agent-claimed': false, 'aclk-available': false } }),
    );
    expect(status).toMatchObject({ claim: { claimed: false, id }, firstFailing: { code: 'LINK_NOT_CLAIMED' } });
  });

  it('has the last word of its log on the link, from after it was last up, without passwords', async () => {
    const log = [
      'MQTT CONNACK returned error 135',
      'ACLK connection successfully established',
      'Cert Chain verify error:num=20 for https://user:canary@cloud.example',
      'something else',
    ];
    const files = {
      ...claimed,
      '/x/var/log/netdata/error.log': log.join('\n'),
      '/x/etc/netdata/netdata.conf': '[web]\n default port = 20000\n',
    };
    const system = machine({ says: { ...info, 'aclk-available': false }, files, more: goodCloud });
    const { firstFailing } = await linkStatus({ root: '/x' }, system);
    expect(firstFailing).toMatchObject({ layer: 'agent', code: 'LINK_TLS_FAILED' });
    expect(firstFailing?.seen).toContain('Its log says: Cert Chain verify error:num=20 for https://cloud.example');
  });
});

const env = {
  authEndpoint: 'https://cloud.example/api/v1/auth',
  encoding: 'proto',
  capabilities: ['proto'],
  transports: [{ type: 'MQTTv5', endpoint: 'wss://cloud.example:443/mqtt' }],
};
