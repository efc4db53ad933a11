import { describe, expect, test } from 'vitest';
import { generationOf } from '../../src/host/agent-generation.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const script = '/x/usr/sbin/netdata-claim.sh';
const newScript = '#!/bin/sh\n# %%NEW_CLAIMING_METHOD%%\n';
const oldScript = '#!/bin/bash\nCLAIMING_DIR="$NETDATA_USER_CONFIG_DIR/claim.d"\n';
const middleScript = '#!/bin/bash\nCLAIMING_DIR="$NETDATA_VARLIB_DIR/cloud.d"\n# the old one was claim.d\n';
const cloudConf = '/x/var/lib/netdata/cloud.d/cloud.conf';

describe('an agent', () => {
  test.each([
    ['of a known version, whatever lies about', '1.21.0', { [cloudConf]: '[global]\n url = https://x\n' }, 'claim.d'],
    ['of a nightly that calls itself 1.47 and claims as 2.0', '1.47.0+123', { [script]: newScript }, 'claim.conf'],
    ['with the script of 2.x', undefined, { [script]: newScript }, 'claim.conf'],
    ['with the script of a static build of 2.x', undefined, { '/x/bin/netdata-claim.sh': newScript }, 'claim.conf'],
    ['with the script of 1.22', undefined, { [script]: middleScript }, 'cloud.d'],
    ['with the script of 1.21', undefined, { [script]: oldScript }, 'claim.d'],
    ['with a claim.conf', undefined, { '/x/etc/netdata/claim.conf': '' }, 'claim.conf'],
    ['that wrote cloud.conf itself', undefined, { [cloudConf]: '[global]\n url = https://x\n' }, 'claim.conf'],
    ['whose script wrote cloud.conf', undefined, { [cloudConf]: '[global]\n cloud base url = https://x\n' }, 'cloud.d'],
    ['with nothing but claim.d', undefined, { '/x/etc/netdata/claim.d/claimed_id': '' }, 'claim.d'],
    ['with both directories', undefined, { '/x/etc/netdata/claim.d/claimed_id': '', [cloudConf]: '' }, 'cloud.d'],
    ['of which nothing is known', 'of an unknown version', {}, 'cloud.d'],
  ] as const)('%s', async (_what, version, files, generation) => {
    expect(await generationOf('/x', version, createFakeSystem({ files }))).toBe(generation);
  });
});
