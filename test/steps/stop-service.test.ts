import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ServiceDescription } from '../../src/host/service-managers.ts';
import { recordPath } from '../../src/steps/process-record.ts';
import { startService } from '../../src/steps/start-service.ts';
import { stopService } from '../../src/steps/stop-service.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { isAlive, pidOf, scriptService } from '../support/script-service.ts';
import { stepContext } from '../support/step-context.ts';

const real = stepContext(createRealSystem({ environment: process.env }));

it('runs again after a take-back of its stop, and not after an uninstall', async () => {
  const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
  await startService.run({ kind: 'start-service', service, ready: { seconds: 0.05 } }, real);
  const step = { kind: 'stop-service', service } as const;
  expect(await stopService.inspect(step, real.system)).toEqual({ service });
  await stopService.run(step, real);
  expect(await stopService.inspect(step, real.system)).toBeUndefined();
  await stopService.undo({ service }, { ...real, purpose: 'uninstall' });
  expect(await stopService.inspect(step, real.system)).toBeUndefined();
  await stopService.undo({ service }, real);
  const processId = pidOf(service);
  expect(isAlive(processId)).toBe(true);
  await stopService.undo({ service }, real);
  expect(pidOf(service)).toBe(processId);
});

it('of systemd runs again after a take-back, and not after an uninstall', async () => {
  const service: ServiceDescription = {
    ...{ manager: 'systemd', name: 'agent', description: 'An agent', program: '/opt/agent', arguments: [], environment: {} },
    ...{ pidPath: '/run/agent.pid', logPath: '/run/agent.log' },
  };
  let state = 'active';
  const system = createFakeSystem({
    commands: [
      { program: 'systemctl', arguments: ['is-active', 'agent.service'], result: () => ({ stdout: `${state}\n` }) },
      { program: 'systemctl', arguments: ['start', 'agent.service'], effect: async () => (state = 'active') },
      { program: 'systemctl', arguments: ['stop', 'agent.service'], effect: async () => (state = 'inactive') },
    ],
  });
  await stopService.run({ kind: 'stop-service', service }, stepContext(system));
  await stopService.undo({ service }, stepContext(system, 'uninstall'));
  expect(state).toBe('inactive');
  for (const _ of [1, 2]) await stopService.undo({ service }, stepContext(system));
  expect(system.calls.filter((call) => call.startsWith('run '))).toEqual([
    'run systemctl stop agent.service',
    'run systemctl start agent.service',
  ]);
});

it('that was being stopped when the run was cut off is ended first, so that not two run beside each other', async () => {
  const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
  await startService.run({ kind: 'start-service', service, ready: { seconds: 0.05 } }, real);
  const before = pidOf(service);
  const mark = readFileSync(recordPath(service.pidPath), 'utf8').split('\n')[2];
  writeFileSync(recordPath(service.pidPath), `\n\n${mark}\n`);
  await stopService.undo({ service }, real);
  expect(isAlive(before)).toBe(false);
  expect(isAlive(pidOf(service))).toBe(true);
});
