import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { claimNode } from '../../src/steps/claim-node.ts';
import { createIdentity } from '../../src/steps/create-identity.ts';
import { type LinkStatus, linkStatus } from '../../src/steps/link-status.ts';
import { tellAgent } from '../../src/steps/tell-agent.ts';
import { verifyCloudLink } from '../../src/steps/verify-cloud-link.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { Secret } from '../../src/system/secret.ts';
import { admin, newCloud, room, type TestCloud, token } from '../standin/cloud/test-cloud.ts';
import { type AgentPlace, buildAgent, newPlace, newRoot, refusalOf, startAgent } from '../standin/installed-agent.ts';
import { proxyRefusal, startProxy } from '../support/proxies.ts';
import { stepContext } from '../support/step-context.ts';

const refusal = refusalOf('protobuf');
const noProxies = proxyRefusal();
const skipped = noProxies === undefined ? '' : ` (SKIPPED: ${noProxies})`;
const version = '1.37.1';
const system = createRealSystem({ environment: { PATH: process.env.PATH } });

describe.skipIf(refusal !== undefined)(
  `a real agent of version ${version}${refusal === undefined ? '' : ` (SKIPPED: ${refusal})`}`,
  () => {
    let build = '';
    let root = '';

    beforeAll(async () => {
      build = await newRoot();
      root = join(build, 'installed');
      const libraries = inject('testLibraries').directory ?? '';
      const options = ['--enable-cloud', '--with-bundled-protobuf'];
      const { make, install } = await buildAgent(build, { version: `v${version}`, tool: 'autotools', options, libraries });
      expect([make.exitCode, install.exitCode]).toEqual([0, 0]);
    });
    afterAll(() => rm(build, { recursive: true }));

    /** Where kickstart looks for the configuration of an agent below `root`. */
    async function settled(settings = ''): Promise<AgentPlace> {
      const place = await newPlace(settings);
      await mkdir(join(root, 'etc/netdata'), { recursive: true });
      await cp(join(place.home, 'netdata.conf'), join(root, 'etc/netdata/netdata.conf'));
      return place;
    }

    async function claimed(cloud: TestCloud): Promise<void> {
      const context = stepContext(system);
      const step = { root, generation: 'cloud.d' } as const;
      await createIdentity.run({ kind: 'create-identity', ...step, backupDirectory: join(build, 'identity') }, context);
      await claimNode.run(
        {
          ...{ kind: 'claim-node', ...step, url: cloud.url, token: new Secret(token), rooms: [room], hostname: 'vm', tell: true },
          ...{ proxy: { from: 'none' }, insecure: false, verbose: false, backupDirectory: join(build, 'claim') },
          ca: { file: cloud.caFile, pem: cloud.ca },
        },
        context,
      );
    }

    async function agentOf(cloud: TestCloud, environment: Readonly<Record<string, string>> = { SSL_CERT_FILE: cloud.caFile }) {
      const agent = await startAgent(build, environment, await settled());
      await claimed(cloud);
      return agent;
    }

    function until(expected: object): Promise<LinkStatus> {
      return vi.waitFor(
        async () => {
          const status = await linkStatus({ root }, system);
          expect(status).toMatchObject(expected);
          return status;
        },
        { timeout: 30_000, interval: 200 },
      );
    }

    it('is claimed and online, and all of it is told', async () => {
      const cloud = await newCloud();
      await agentOf(cloud);
      const context = stepContext(system);
      const step = { kind: 'verify-cloud-link', root, url: cloud.url, seconds: 30, afterClaim: true } as const;
      await verifyCloudLink.run(step, context);
      expect(context.said.at(-2)).toMatch(/^Claimed \d+\.\d s and online \d+\.\d s after the agent was told$/);
      expect(context.said.at(-1)).toBe('Agent was successfully claimed.');
      const status = await linkStatus({ root }, system);
      expect(status).toMatchObject({
        agent: { state: 'running', version, generation: 'cloud.d' },
        claim: { claimed: true, url: cloud.url, rooms: [room] },
        proxy: "none (the agent's environment)",
        link: { state: 'online', since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
      });
      expect(status.firstFailing).toBeUndefined();
    });

    it('is told to look again over its own socket', async () => {
      const cloud = await newCloud();
      const agent = await agentOf(cloud);
      await until({ link: { state: 'online' } });
      await rm(agent.cloudDirectory, { recursive: true });
      expect(await tellAgent({ root, generation: 'cloud.d' }, system)).toEqual({ kind: 'told', says: '' });
      await until({ claim: { claimed: false }, link: { state: 'offline' }, firstFailing: { code: 'LINK_NOT_CLAIMED' } });
    });

    it('does not know the CA of its Cloud, though cloud_fullchain.pem has it', async () => {
      await agentOf(await newCloud(), {});
      const { checks } = await until({ firstFailing: { layer: 'tls', code: 'LINK_TLS_FAILED' } });
      expect(checks.map(({ layer }) => layer)).toEqual([
        ...['running', 'answering', 'cloud-enabled', 'cloud-available', 'credentials', 'claimed', 'tls'],
      ]);
    });

    it.each([
      ['env', { status: 500 }, 'LINK_ENV_UNUSABLE'],
      ['challenge', { status: 404 }, 'LINK_CHALLENGE_REFUSED'],
      ['mqtt', { status: 502 }, 'LINK_WEBSOCKET_REFUSED'],
    ])('is kept from its Cloud at %s (%j)', async (endpoint, how, code) => {
      const cloud = await newCloud();
      await admin(cloud, 'PUT', 'misbehaviour', { endpoint, ...how });
      await agentOf(cloud);
      const step = { kind: 'verify-cloud-link', root, url: cloud.url, seconds: 2, afterClaim: true } as const;
      await expect(verifyCloudLink.run(step, stepContext(system))).rejects.toMatchObject({
        code,
        what: `The agent was claimed, and did not come online at ${cloud.url} within 2 s.`,
      });
    });

    it('is banned, also when the Cloud has nothing against it any more', async () => {
      const cloud = await newCloud();
      const body = { errorCode: 'E', errorMsgKey: 'ErrBanned', errorMessage: 'go away', errorNonRetryable: true };
      await admin(cloud, 'PUT', 'misbehaviour', { endpoint: 'challenge', status: 403, body });
      await agentOf(cloud);
      await until({ link: { state: 'banned' } });
      await admin(cloud, 'DELETE', 'misbehaviour');
      await until({ link: { state: 'banned' }, firstFailing: { layer: 'agent', code: 'LINK_BANNED' } });
    });

    it.skipIf(noProxies)(`has a proxy that went away${skipped}`, async () => {
      const cloud = await newCloud();
      const proxy = await startProxy('squid');
      await agentOf(cloud, { SSL_CERT_FILE: cloud.caFile, http_proxy: proxy.url });
      await until({ link: { state: 'online' }, proxy: `${proxy.url} (http_proxy in the agent's environment)` });
      await proxy.stop();
      await until({ link: { state: 'offline' }, firstFailing: { layer: 'proxy', code: 'LINK_PROXY_FAILED' } });
    });

    it.skipIf(noProxies)(`has a proxy that its version does not understand${skipped}`, async () => {
      const cloud = await newCloud();
      const proxy = await startProxy('tinyproxy');
      await agentOf(cloud, { SSL_CERT_FILE: cloud.caFile, http_proxy: proxy.url });
      await until({
        firstFailing: { layer: 'proxy-setting', code: 'LINK_PROXY_UNFIT', seen: expect.stringContaining('HTTP/1.0') },
      });
    });

    it('does not run', async () => {
      const cloud = await newCloud();
      const agent = await agentOf(cloud);
      await agent.stop();
      await until({ agent: { state: 'stopped' }, claim: { claimed: true }, firstFailing: { code: 'LINK_AGENT_STOPPED' } });
      expect(await tellAgent({ root, generation: 'cloud.d' }, system)).toEqual({ kind: 'not-running' });
    });
  },
);
