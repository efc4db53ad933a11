import { KickstartError } from '../errors.ts';
import { type ServiceDescription, serviceManagers } from '../host/service-managers.ts';
import type { ReadableSystem } from '../system/system.ts';
import type { StepContext, StepDefinition } from './definition.ts';
import { isRunning, lastLines, logPosition, startNow, stopNow } from './service-control.ts';

export interface StartServiceStep {
  kind: 'start-service';
  service: ServiceDescription;
  /** It is ready when `path` is there, within so many seconds; without a path, when it has run for so many. */
  ready?: { path?: string; seconds: number };
}

export interface StartServiceUndo {
  service: ServiceDescription;
}

/** Starts the service and sees that it goes on running. Throws SERVICE_STOPPED, with the last lines of its log. */
export const startService: StepDefinition<StartServiceStep, StartServiceUndo> = {
  describe: ({ service }) => `Start ${service.name}`,

  async inspect({ service }, system) {
    return (await isRunning(service, system)) ? undefined : { service };
  },

  async run({ service, ready }, context) {
    const { system, signal } = context;
    const position = await logPosition(service, system);
    await startNow(service, system, signal);
    if (await becomesReady(service, ready, context)) return;
    signal.throwIfAborted();
    const runs = await isRunning(service, system);
    throw notReady(service, runs ? ready : undefined, await lastLines(service, position, system));
  },

  undo: ({ service }, { system }) => stopNow(service, system),
};

/** Looks at least once after the program had time to fail. */
async function becomesReady(service: ServiceDescription, ready: StartServiceStep['ready'], { system, signal }: StepContext) {
  const end = system.now() + (ready?.seconds ?? SETTLE_SECONDS) * 1000;
  do {
    await system.sleep(POLL_MILLISECONDS, signal);
    if (signal.aborted || !(await isRunning(service, system))) return false;
    if (ready?.path !== undefined && (await isThere(ready.path, system))) return isRunning(service, system);
  } while (system.now() < end);
  return ready?.path === undefined;
}

async function isThere(path: string, system: ReadableSystem): Promise<boolean> {
  return (await system.stat(path)) !== undefined;
}

/** `late`: it runs, and this is what it was waited for. */
function notReady({ name, logPath, manager }: ServiceDescription, late: StartServiceStep['ready'], log: string): KickstartError {
  const readLog = serviceManagers[manager]?.lastLines(name).join(' ') ?? `tail ${logPath}`;
  return new KickstartError('SERVICE_STOPPED', {
    what:
      late === undefined
        ? `${name} stopped right after it was started.`
        : `${name} runs, and was not ready after ${late.seconds} s: ${late.path} is not there.`,
    why: log === '' ? 'It said nothing.' : `It said last:\n${log}`,
    next: `Look at its log: ${readLog}; repair what it says, and run kickstart again.`,
  });
}

// A program that cannot use its settings or its port says so and ends well within this.
const SETTLE_SECONDS = 0.5;
const POLL_MILLISECONDS = 100;
