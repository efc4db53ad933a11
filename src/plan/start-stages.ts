import type { ServiceDescription } from '../host/service-managers.ts';
import type { Stage } from './plan.ts';

/** Makes the service known to the service manager, where there is one, and starts it. */
export function startStages(service: ServiceDescription): readonly Stage[] {
  const install: Stage = {
    title: 'Start',
    atOnce: 1,
    steps: [{ id: 'install-service', step: { kind: 'install-service', service }, reason: 'The agent starts with the machine.' }],
  };
  return service.manager === 'systemd' ? [install, startStage(service)] : [startStage(service)];
}

/** Starts a service that is known; one that runs is left alone. */
export function startStage(service: ServiceDescription): Stage {
  return {
    title: 'Start',
    atOnce: 1,
    steps: [
      {
        id: 'start-service',
        step: { kind: 'start-service', service },
        reason:
          service.manager === 'systemd'
            ? 'The agent runs as a service.'
            : 'There is no service manager that kickstart knows: it starts the agent itself.',
      },
    ],
  };
}
