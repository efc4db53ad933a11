import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { claim } from '../../src/cloud/claim-client.ts';
import { cloudUnreachable } from '../../src/cloud/cloud-reachable.ts';
import { linkChecks } from '../../src/cloud/link-checks.ts';
import { linkOrigin } from '../../src/cloud/link-request.ts';
import { linkTraits } from '../../src/cloud/link-traits.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { Secret } from '../../src/system/secret.ts';
import { agentKeys, newCloud, recordedId, room, token } from '../standin/cloud/test-cloud.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

// A proxy of the environment is not for this machine itself, however its address is written.
const system = createRealSystem({ environment: { https_proxy: 'http://127.0.0.1:1' } });

it('is claimed and linked by its IPv6 address', async () => {
  const cloud = await newCloud(undefined, { host: '::1' });
  const { url, caFile } = cloud;
  expect(url).toBe(`https://[::1]:${cloud.port}`);
  expect(await cloudUnreachable({ url, caFile }, system)).toBeUndefined();

  const machineGuid = '11111111-2222-3333-4444-555555555555';
  const { publicKey, privateKey } = agentKeys;
  const asked = { id: recordedId, hostname: 'node1', machineGuid, token: new Secret(token), rooms: [room], publicKey };
  await claim({ url, caFile, ...asked }, system);

  const claimDirectory = scratchDirectory();
  writeFileSync(`${claimDirectory}/private.pem`, privateKey);
  const checks = await linkChecks(
    {
      program: '/x/usr/sbin/netdata',
      runs: true,
      port: 19999,
      says: { cloudEnabled: true, cloudAvailable: true, claimed: true, online: false },
      version: '2.10.4',
      traits: linkTraits('2.10.4'),
      cloudSwitch: undefined,
      user: 'netdata',
      claimDirectory,
      unreadable: undefined,
      claimId: recordedId,
      url,
      proxy: { kind: 'none', from: "the agent's environment" },
      caFile,
      words: {},
    },
    system,
  );
  expect(checks.map(({ layer, result }) => `${layer} ${result}`)).toEqual([
    ...['running', 'answering', 'cloud-enabled', 'cloud-available', 'credentials', 'claimed'].map((layer) => `${layer} pass`),
    ...['name', 'connection', 'tls', 'env', 'challenge', 'key', 'websocket'].map((layer) => `${layer} pass`),
    'agent fail',
  ]);
});

it.each([
  ['https://[::1]:8443', 'https://[::1]:8443'],
  ['https://[2001:DB8::1]/', 'https://[2001:db8::1]'],
  ['[::1]:8443', 'https://[::1]:8443'],
])('the link makes of %s: %s', (url, origin) => {
  expect(linkOrigin(url)).toBe(origin);
});
