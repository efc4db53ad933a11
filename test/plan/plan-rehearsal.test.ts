import { expect, test } from 'vitest';
import { planRehearsal } from '../../src/plan/plan-rehearsal.ts';
import { Secret } from '../../src/system/secret.ts';

const directory = '/var/tmp/kickstart-rehearsal-1';
const plan = planRehearsal({
  directory,
  root: `${directory}/netdata`,
  agentPort: 20001,
  cloudPort: 20002,
  space: new Secret('{"token":"T0KEN"}'),
  self: { program: '/usr/bin/node', arguments: ['/kickstart.cjs'] },
});
const steps = plan.stages.flatMap((stage) => stage.steps.map(({ step }) => step));

test('a rehearsal touches nothing but its own directory, and makes that first', () => {
  const places = steps.map((step) => (step.kind === 'start-service' ? step.service.logPath : 'path' in step && step.path));
  expect(places).toEqual([
    '/var/tmp/kickstart-rehearsal-1',
    '/var/tmp/kickstart-rehearsal-1/cloud',
    '/var/tmp/kickstart-rehearsal-1/cloud/space.json',
    '/var/tmp/kickstart-rehearsal-1/netdata/etc/netdata',
    '/var/tmp/kickstart-rehearsal-1/netdata/etc/netdata/netdata.conf',
    '/var/tmp/kickstart-rehearsal-1/cloud/cloud.log',
  ]);
});

test('starts this very kickstart as a Cloud on loopback, and waits until it listens', () => {
  expect(steps.at(-1)).toMatchObject({
    kind: 'start-service',
    service: {
      manager: 'none',
      program: '/usr/bin/node',
      arguments: [
        ...['/kickstart.cjs', 'cloud', '--listen', '127.0.0.1:20002', '--data', '/var/tmp/kickstart-rehearsal-1/cloud'],
        ...['--ready-file', '/var/tmp/kickstart-rehearsal-1/cloud/ready'],
      ],
    },
    ready: { path: '/var/tmp/kickstart-rehearsal-1/cloud/ready' },
  });
});

test('gives the agent a port of its own', () => {
  const configuration = steps.find((step) => step.kind === 'write-file' && step.path.endsWith('netdata.conf'));
  expect(configuration).toMatchObject({ content: '[web]\n    bind to = 127.0.0.1\n    default port = 20001\n' });
});

test('says the token of its space nowhere', () => {
  expect(JSON.stringify(plan)).not.toContain('T0KEN');
});
