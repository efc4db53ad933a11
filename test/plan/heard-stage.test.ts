import { expect, it } from 'vitest';
import type { HostFacts } from '../../src/host/facts.ts';
import { heardStages } from '../../src/plan/heard-stage.ts';
import type { ClaimOptions } from '../../src/plan/install-options.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { Secret } from '../../src/system/secret.ts';
import { factsOf, optionsWith } from './plan-input.ts';

const claim: ClaimOptions = {
  ...{ token: new Secret('t'), rooms: [], url: 'https://cloud.example', newId: false, proxy: { from: 'agent' } },
  ...{ configureProxy: false, insecure: false, reload: true, daemonRuns: true, verbose: false, wait: 'none', onFailure: 'keep' },
};

function sentenceFor(root: string, facts: Partial<HostFacts>, goal: Plan['goal']): string | undefined {
  const input = { options: optionsWith({ root }), facts: factsOf('debian-13-minimal', facts) };
  const plan: Plan = { goal, title: '', decisions: [], stages: [] };
  return heardStages(input, claim, plan)[0]?.steps[0]?.optional?.sentence;
}

const [systemd, none] = [{ serviceManager: 'systemd' }, { serviceManager: 'none' }] as const;
const [prefix, program] = ['/opt/x/netdata', '/opt/x/netdata/usr/sbin/netdata'];

it.each<[string, Partial<HostFacts>, string, Plan['goal'], boolean]>([
  ['the service of the machine is this agent', { ...systemd, serviceProgram: program }, prefix, 'claim', true],
  ['the agent of the system has its service from a package', systemd, '', 'claim', true],
  ['this run makes the service', systemd, prefix, 'install', true],
  ['the service is another agent', { ...systemd, serviceProgram: '/usr/sbin/netdata' }, prefix, 'claim', false],
  ['the agent was started by hand', systemd, prefix, 'claim', false],
  ['there is no systemd', none, '', 'claim', false],
])('when %s', (_, facts, root, goal, isNamed) => {
  const sentence = sentenceFor(root, facts, goal);
  expect(sentence).toContain('it takes it up when it is started again');
  expect(sentence?.includes('systemctl restart netdata')).toBe(isNamed);
});
