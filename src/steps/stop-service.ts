import type { ServiceDescription } from '../host/service-managers.ts';
import type { StepDefinition } from './definition.ts';
import { isRunning, isStopped, keepRunning, startNow, stopNow } from './service-control.ts';

export interface StopServiceStep {
  kind: 'stop-service';
  service: ServiceDescription;
}

export interface StopServiceUndo {
  service: ServiceDescription;
}

/** Stops a service that runs, or would start again by itself. */
export const stopService: StepDefinition<StopServiceStep, StopServiceUndo> = {
  describe: ({ service }) => `Stop ${service.name}`,

  async inspect({ service }, system) {
    return (await isStopped(service, system)) ? undefined : { service };
  },

  run: ({ service }, { system }) => stopNow(service, system),

  async undo({ service }, { system, purpose }) {
    if (await isRunning(service, system)) return keepRunning(service, system);
    // A run that was cut off may have begun to stop or to start it: two of them must not run beside each other.
    await stopNow(service, system);
    if (purpose === 'take-back') await startNow(service, system);
  },
};
