import { existsSync, readFileSync } from 'node:fs';
import { afterEach } from 'vitest';
import type { ServiceDescription } from '../../src/host/service-managers.ts';
import { startService } from '../../src/steps/start-service.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { scratchDirectory } from './scratch-directory.ts';
import { stepContext } from './step-context.ts';

const services: ServiceDescription[] = [];

afterEach(async () => {
  const context = stepContext(createRealSystem({ environment: {} }));
  for (const service of services.splice(0)) await startService.undo({ service }, context);
});

/** A service of this machine: a shell script, without a service manager. It is stopped after the test. */
export function scriptService(script: string): ServiceDescription {
  const directory = scratchDirectory();
  const service: ServiceDescription = {
    manager: 'none',
    name: 'agent',
    description: 'An agent',
    program: '/bin/sh',
    arguments: ['-c', script, directory],
    environment: { GREETING: 'hello' },
    pidPath: `${directory}/agent.pid`,
    logPath: `${directory}/agent.log`,
  };
  services.push(service);
  return service;
}

export function pidOf({ pidPath }: ServiceDescription): number {
  return Number(readFileSync(pidPath, 'utf8').split('\n')[0]);
}

export function isAlive(processId: number): boolean {
  return existsSync(`/proc/${processId}`) && !/\) [ZX] /.test(readFileSync(`/proc/${processId}/stat`, 'utf8'));
}
