import { expect, it } from 'vitest';
import { agentService } from '../../src/plan/agent-service.ts';
import { factsOf, optionsWith } from './plan-input.ts';

const facts = factsOf('debian-12-in-docker');

it('gives an agent below a prefix a control pipe of its own', () => {
  expect(agentService(optionsWith({ root: '/opt/x/netdata' }), facts, true).environment).toEqual({
    NETDATA_PIPENAME: '/opt/x/netdata/var/run/netdata/netdata.pipe',
    NETDATA_RUN_DIR: '/opt/x/netdata/var/run/netdata',
    SSL_CERT_FILE: '/opt/x/netdata/etc/netdata/cloud-ca.pem',
  });
});

it('leaves the pipe of the system to its agent, and a path that no socket can have to nobody', () => {
  expect(agentService(optionsWith({ root: '' }), facts, false).environment).toEqual({});
  expect(agentService(optionsWith({ root: `/${'long/'.repeat(20)}netdata` }), facts, false).environment).toEqual({});
});
