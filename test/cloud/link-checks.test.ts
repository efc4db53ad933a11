import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { firstFailing, type LinkSubject, linkChecks } from '../../src/cloud/link-checks.ts';
import { linkProxy } from '../../src/cloud/link-proxy.ts';
import { linkTraits } from '../../src/cloud/link-traits.ts';
import { newAuthority, newServer } from '../../src/standin/cloud/certificate.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { admin, agentKeys, claim, newCloud, otherKeys, recordedId, type TestCloud } from '../standin/cloud/test-cloud.ts';
import { serve, serveProxy, serveSocks, serveTcp } from '../support/loopback-server.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const system = createRealSystem({ environment: {} });

/** The directory of an agent that was claimed with this key. */
function claimDirectory(privateKey = agentKeys.privateKey): string {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/private.pem`, privateKey);
  return directory;
}

function subject(more: Partial<LinkSubject>, version = '1.37.1'): LinkSubject {
  return {
    program: '/x/usr/sbin/netdata',
    runs: true,
    port: 19999,
    says: { cloudEnabled: true, cloudAvailable: true, claimed: true, online: false },
    version,
    traits: linkTraits(version),
    cloudSwitch: { path: '/x/var/lib/netdata/cloud.d/cloud.conf', line: 'enabled = yes', isOn: false },
    user: 'netdata',
    claimDirectory: '/x/var/lib/netdata/cloud.d',
    unreadable: undefined,
    claimId: recordedId,
    url: 'https://cloud.example',
    proxy: { kind: 'none', from: "the agent's environment" },
    caFile: undefined,
    words: {},
    ...more,
  };
}

function agentOf({ url, caFile }: TestCloud, more: Partial<LinkSubject> = {}, version?: string): LinkSubject {
  return subject({ url, caFile, claimDirectory: claimDirectory(), ...more }, version);
}

async function whatFails(of: LinkSubject) {
  return firstFailing(await linkChecks(of, system));
}

async function layersOf(of: LinkSubject) {
  return (await linkChecks(of, system)).map(({ layer, result }) => `${layer} ${result}`);
}

const below = ['running', 'answering', 'cloud-enabled', 'cloud-available', 'credentials', 'claimed'].map(
  (layer) => `${layer} pass`,
);
const reached = ['name pass', 'connection pass', 'tls pass'];

describe('an agent that is not online for what is on its own machine', () => {
  const says = { cloudEnabled: true, cloudAvailable: true, claimed: true, online: false };

  it.each<[string, Partial<LinkSubject>, RegExp]>([
    ['LINK_AGENT_STOPPED', { runs: false, says: undefined }, /does not run: there is no process of \/x\/usr\/sbin\/netdata/],
    ['LINK_AGENT_SILENT', { says: undefined }, /does not answer on port 19999/],
    ['LINK_AGENT_UNPROVEN', { runs: 'unknown', says: undefined }, /does not run/],
    ['LINK_CLOUD_DISABLED', { says: { ...says, cloudEnabled: false } }, /switched off in its settings/],
    ['LINK_NOT_BUILT_IN', { says: { ...says, cloudAvailable: false } }, /built without what the link needs/],
    ['LINK_CREDENTIALS_UNREADABLE', { unreadable: 'It cannot.' }, /^It cannot\.$/],
    ['LINK_NOT_CLAIMED', { says: { ...says, claimed: false } }, /has the claim 1d39de1a-.*: it has not read it/],
    ['LINK_NOT_CLAIMED', { says: { ...says, claimed: false }, claimId: undefined }, /there is no claim in/],
    ['LINK_URL_INVALID', { url: 'cloud.example' }, /cloud\.example, is none that its link can use/],
  ])('is told %s', async (code, more, seen) => {
    expect(await whatFails(subject(more))).toMatchObject({ result: 'fail', code, seen: expect.stringMatching(seen) });
  });

  it('is told first of the way it came here, because kickstart may not have installed it', async () => {
    const { fix } = (await whatFails(subject({ says: { ...says, cloudAvailable: false } }))) ?? {};
    expect(fix).toMatch(/^It needs to be built or installed again with Cloud, in the way it came here\. For one that kickstart/);
  });

  it.each<[LinkSubject['cloudSwitch'], RegExp]>([
    [
      { path: '/x/etc/netdata/netdata.conf', line: 'netdata cloud = enable', isOn: false },
      /^Write "netdata cloud = enable" below \[global\] in \/x\/etc\/netdata\/netdata\.conf, and start the agent again\.$/,
    ],
    [
      { path: '/x/cloud.d/cloud.conf', line: 'enabled = yes', isOn: false },
      /^Write "enabled = yes" below \[global\] in \/x\/cloud\.d/,
    ],
    [
      { path: '/x/cloud.d/cloud.conf', line: 'enabled = yes', isOn: true },
      /^\/x\/cloud\.d\/cloud\.conf has "enabled = yes": start the agent/,
    ],
    [undefined, /^Agents from 2\.0 on have no such switch: look at who answers on port 19999\.$/],
  ])('is told where its Cloud is switched on (%j)', async (cloudSwitch, fix) => {
    const of = subject({ says: { ...says, cloudEnabled: false }, cloudSwitch });
    expect(await whatFails(of)).toMatchObject({ code: 'LINK_CLOUD_DISABLED', fix: expect.stringMatching(fix) });
  });

  it('is told what it cannot read before that it is not claimed, because that is why', async () => {
    const of = subject({ says: { ...says, claimed: false }, unreadable: 'It cannot.' });
    expect(await whatFails(of)).toMatchObject({ layer: 'credentials' });
  });

  it.each([
    ['1.37.1', 'http://u:p@proxy:3128', /^The agent-cloud link of Netdata 1\.37\.1 cannot use a proxy with user and password\.$/],
    ['2.3.0', 'socks5h://proxy', /cannot use a SOCKS5 proxy/],
  ])('is told that the link of %s cannot use %s', async (version, url, seen) => {
    const traits = linkTraits(version);
    const failing = await whatFails(subject({ proxy: linkProxy(url, {}, traits) }, version));
    expect(failing).toMatchObject({ code: 'LINK_PROXY_UNFIT', seen: expect.stringMatching(seen) });
  });
});

describe('an agent whose link is up', () => {
  it('is not asked anything more, and neither is its Cloud', async () => {
    const online = { cloudEnabled: true, cloudAvailable: true, claimed: true, online: true };
    expect(await layersOf(subject({ says: online, url: 'https://nobody.invalid' }))).toEqual([...below, 'agent pass']);
  });
});

describe('an agent whose Cloud is as it should be', () => {
  it.each(['1.31.0', '1.37.1', '2.3.0', '2.11.0'])('passes every layer but the last, %s too', async (version) => {
    const cloud = await newCloud();
    await claim(cloud);
    const layers = await layersOf(agentOf(cloud, {}, version));
    const env = version === '1.31.0' ? [] : ['env pass'];
    expect(layers).toEqual([...below, ...reached, ...env, 'challenge pass', 'key pass', 'websocket pass', 'agent fail']);
  });

  it('is told what it says itself', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const words = { reason: 'disconnected, ping timed out' };
    expect(await whatFails(agentOf(cloud, { words }))).toMatchObject({
      code: 'LINK_NOT_ONLINE',
      seen: expect.stringMatching(/its reason: disconnected, ping timed out\.$/),
    });
  });

  it.each([
    ['LINK_BANNED', { banned: true }],
    ['LINK_TLS_FAILED', { logLine: 'Cert Chain verify error:num=18:self-signed certificate:depth=0:/CN=x' }],
    ['LINK_PROXY_UNFIT', { logLine: 'SOCKS5 proxy is not supported by ACLK-NG yet.' }],
    ['LINK_PROXY_FAILED', { logLine: 'ACLK: SOCKS5 CONNECT failed (ver=0x05 rep=0x05 atyp=0x01)' }],
    ['LINK_PROXY_FAILED', { logLine: 'ACLK: SOCKS5 auth failed (ver=0x01 status=0x01)' }],
    ['LINK_NOT_ONLINE', { logLine: 'missing compulsory topic "chart" in password response from cloud' }],
    ['LINK_NOT_ONLINE', { logLine: 'MQTT CONNACK returned error 135' }],
  ])('is told %s when it says so', async (code, words) => {
    const cloud = await newCloud();
    await claim(cloud);
    expect(await whatFails(agentOf(cloud, { words }))).toMatchObject({ layer: 'agent', code });
  });
});

describe('an agent that cannot reach its Cloud', () => {
  it('is told that the certificate is of a private CA that it does not know', async () => {
    const cloud = await newCloud();
    const { caFile: _, ...rest } = agentOf(cloud);
    expect(await whatFails({ ...rest, caFile: undefined })).toMatchObject({
      layer: 'tls',
      code: 'LINK_TLS_FAILED',
      fix: expect.stringMatching(/kickstart claim --ca-file FILE brings it to the agent; cloud_fullchain\.pem does not/),
    });
  });

  it('is told that the CA in its environment is another one', async () => {
    const [cloud, other] = [await newCloud(), await newCloud()];
    expect(await whatFails(agentOf(cloud, { caFile: other.caFile }))).toMatchObject({
      code: 'LINK_TLS_FAILED',
      fix: expect.stringContaining(other.caFile),
    });
  });

  it('is told that the CA in its environment is not there', async () => {
    const cloud = await newCloud();
    expect(await whatFails(agentOf(cloud, { caFile: '/nowhere/ca.pem' }))).toMatchObject({
      code: 'LINK_TLS_FAILED',
      seen: expect.stringContaining('/nowhere/ca.pem cannot be read'),
    });
  });

  it.each([
    ['1.37.1', 'warn', 'env fail'],
    ['2.10.4', 'fail', undefined],
  ] as const)('minds a certificate for another name as its version %s does', async (version, result, next) => {
    const authority = await newAuthority();
    const caFile = `${scratchDirectory()}/ca.pem`;
    writeFileSync(caFile, authority.certificate);
    const url = await serve((_, response) => response.end('{}'), await newServer(authority, ['other.test']));
    const layers = await layersOf(subject({ url, caFile }, version));
    const expected = result === 'warn' ? [...below, 'name pass', 'connection pass', 'tls warn', next] : [...below, 'tls fail'];
    expect(layers).toEqual(expected);
  });

  it('is told that the name cannot be resolved', async () => {
    expect(await whatFails(subject({ url: 'https://nobody.invalid' }))).toMatchObject({
      layer: 'name',
      code: 'LINK_NAME_NOT_FOUND',
    });
  });

  it('is told that nobody takes connections', async () => {
    const url = `https://127.0.0.1:${await system.freePort()}`;
    expect(await whatFails(subject({ url }))).toMatchObject({ layer: 'connection', code: 'LINK_CONNECTION_FAILED' });
  });

  it('is told that the port does not speak TLS', async () => {
    const url = (await serve((_, response) => response.end())).replace('http:', 'https:');
    expect(await whatFails(subject({ url }))).toMatchObject({ layer: 'tls', code: 'LINK_TLS_FAILED' });
  });

  it('is asked over TLS whatever its URL says, as the link does it', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    for (const url of [cloud.url.replace('https:', 'http:'), cloud.url.replace('https://', ''), `${cloud.url}/a/path`]) {
      expect(await whatFails(agentOf(cloud, { url }))).toMatchObject({ layer: 'agent' });
    }
  });
});

describe('an agent behind a proxy', () => {
  const traits = linkTraits('2.11.0');

  it('is asked through it', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const proxy = await serveSocks(cloud.url);
    const layers = await layersOf(agentOf(cloud, { proxy: linkProxy(proxy.url, {}, traits) }, '2.11.0'));
    expect(layers.slice(below.length)).toEqual([
      ...['proxy pass', 'connection pass', 'tls pass', 'env pass', 'challenge pass', 'key pass', 'websocket pass', 'agent fail'],
    ]);
    expect(proxy.seen).toHaveLength(3);
  });

  it('is told that the proxy is down, without its password', async () => {
    const cloud = await newCloud();
    const proxy = linkProxy(`http://user:canary@127.0.0.1:${await system.freePort()}`, {}, traits);
    const checks = await linkChecks(agentOf(cloud, { proxy }, '2.11.0'), system);
    expect(firstFailing(checks)).toMatchObject({
      layer: 'proxy',
      code: 'LINK_PROXY_FAILED',
      fix: expect.stringContaining("It comes from the agent's own setting"),
    });
    expect(JSON.stringify(checks)).not.toContain('canary');
  });

  it.each([
    ['1.31.0', 'LINK_PROXY_FAILED', 'cannot be reached'],
    ['1.37.1', 'LINK_PROXY_UNFIT', 'cannot use a SOCKS5 proxy'],
    ['2.10.4', 'LINK_PROXY_FAILED', 'cannot be reached'],
  ])('is told of a SOCKS proxy that is down, or that its link cannot use one: %s', async (version, code, seen) => {
    const proxy = linkProxy('socks5h://127.0.0.1:1', {}, linkTraits(version));
    const failing = await whatFails(subject({ proxy, claimDirectory: claimDirectory() }, version));
    expect(failing).toMatchObject({ code, seen: expect.stringContaining(seen) });
  });

  it('is told that the proxy answers with HTTP/1.0, which its version does not understand', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const { url } = await serveProxy(cloud.url);
    const of = (version: string) => agentOf(cloud, { proxy: linkProxy(url, {}, linkTraits(version)) }, version);
    expect(await whatFails(of('1.37.1'))).toMatchObject({ code: 'LINK_PROXY_UNFIT', seen: expect.stringContaining('HTTP/1.0') });
    expect(await whatFails(of('1.47.0'))).toMatchObject({ layer: 'agent' });
  });

  it('is warned of a setting that it does not understand, and asked directly', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const layers = await layersOf(agentOf(cloud, { proxy: linkProxy('proxy:3128', {}, traits) }));
    expect(layers.slice(below.length, below.length + 2)).toEqual(['proxy-setting warn', 'name pass']);
  });
});

describe('an agent whose Cloud', () => {
  it.each([
    ['env', { status: 500 }, 'LINK_ENV_UNUSABLE', /status is 500/],
    ['env', { status: 200, body: '<html>' }, 'LINK_ENV_UNUSABLE', /not a JSON object/],
    ['env', { reset: true }, 'LINK_ENV_UNUSABLE', /closed|reset/i],
    ['challenge', { status: 503 }, 'LINK_CHALLENGE_REFUSED', /gives no challenge for the claim .*: status 503/],
    [
      'challenge',
      { status: 403, body: { errorMsgKey: 'ErrBanned', errorNonRetryable: true } },
      'LINK_CHALLENGE_REFUSED',
      /ErrBanned.* for good/,
    ],
    ['mqtt', { status: 502 }, 'LINK_WEBSOCKET_REFUSED', /\/mqtt: the answer has status 502/],
    ['mqtt', { reset: true }, 'LINK_WEBSOCKET_REFUSED', /closed|reset/i],
  ])('misbehaves at %s (%j) is told %s', async (endpoint, how, code, seen) => {
    const cloud = await newCloud();
    await claim(cloud);
    await admin(cloud, 'PUT', 'misbehaviour', { endpoint, ...how });
    expect(await whatFails(agentOf(cloud))).toMatchObject({ code, seen: expect.stringMatching(seen) });
  });

  it('does not know the claim is told so', async () => {
    expect(await whatFails(agentOf(await newCloud()))).toMatchObject({
      layer: 'challenge',
      code: 'LINK_CHALLENGE_REFUSED',
      seen: `The Cloud does not know the claim ${recordedId}: status 404 (ErrNodeNotFound).`,
    });
  });

  it('knows it by another key is told so, without any key', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    const checks = await linkChecks(agentOf(cloud, { claimDirectory: claimDirectory(otherKeys.privateKey) }), system);
    expect(firstFailing(checks)).toMatchObject({ layer: 'key', code: 'LINK_KEY_WRONG' });
    expect(JSON.stringify(checks)).not.toContain('PRIVATE');
  });

  it.each([
    ['empty', ''],
    ['cut off', otherKeys.privateKey.slice(0, 800)],
  ])('knows it by a key that is %s here is told so, and how kickstart claim mends that', async (_, key) => {
    const cloud = await newCloud();
    await claim(cloud);
    const directory = claimDirectory(key);
    expect(await whatFails(agentOf(cloud, { claimDirectory: directory }))).toMatchObject({
      layer: 'key',
      code: 'LINK_KEY_WRONG',
      seen: `The key in ${directory}/private.pem is damaged: it is no RSA private key.`,
      fix: 'Claim the node again: kickstart claim sets the damaged key aside, and makes a new one.',
    });
  });

  it('has a key that this user may not see is told nothing of it', async () => {
    const cloud = await newCloud();
    await claim(cloud);
    expect(await layersOf(agentOf(cloud, { claimDirectory: '/nowhere' }))).not.toContainEqual(expect.stringContaining('key'));
  });

  it('is asked nothing of a claim that this user may not see', async () => {
    const layers = await layersOf(agentOf(await newCloud(), { claimId: undefined }));
    expect(layers.slice(below.length)).toEqual([...reached, 'env pass', 'websocket pass', 'agent fail']);
  });

  it('only stands for one that never answers TLS', async () => {
    const port = await serveTcp((socket) => socket.once('data', () => socket.destroy()));
    expect(await whatFails(subject({ url: `https://127.0.0.1:${port}` }))).toMatchObject({ layer: 'tls' });
  });
});
