import { KickstartError } from '../errors.ts';
import { type ServiceDescription, type ServiceManagerRow, serviceManagers } from '../host/service-managers.ts';
import { serviceProgram } from '../host/service-program.ts';
import type { ReadableSystem } from '../system/system.ts';
import { commandLine } from './command-line.ts';
import type { StepDefinition } from './definition.ts';
import { type WriteFileStep, type WriteFileUndo, writeFile } from './write-file.ts';

export interface InstallServiceStep {
  kind: 'install-service';
  service: ServiceDescription;
}

export interface InstallServiceUndo {
  manager: ServiceDescription['manager'];
  name: string;
  /** Absent: the definition was there, word for word. */
  definition?: WriteFileUndo;
  wasEnabled: boolean;
}

/**
 * Makes the service manager know the service and start it with the machine. Does not start it now. Without a service manager: nothing to do.
 * Throws EXISTING_SERVICE when a service of that name starts another program that is here.
 */
export const installService: StepDefinition<InstallServiceStep, InstallServiceUndo> = {
  describe: ({ service }) => `Install the service ${service.name}`,

  async inspect({ service }, system) {
    const row = serviceManagers[service.manager];
    if (row === undefined) return undefined;
    const { manager, name } = service;
    await refuseAnother(service, system);
    const definition = await writeFile.inspect(definitionStep(service, row), system);
    const wasEnabled = await isEnabled(name, row, system);
    if (definition === undefined && wasEnabled) return undefined;
    return { manager, name, wasEnabled, ...(definition === undefined ? {} : { definition }) };
  },

  async run({ service }, context) {
    const row = serviceManagers[service.manager];
    if (row === undefined) return;
    const step = definitionStep(service, row);
    if ((await writeFile.inspect(step, context.system)) !== undefined) await writeFile.run(step, context);
    await context.system.run(commandLine(row.reload), context.signal);
    await context.system.run(commandLine(row.enable(service.name)), context.signal);
  },

  async undo({ manager, name, definition, wasEnabled }, context) {
    const row = serviceManagers[manager];
    if (row === undefined) return;
    const { system } = context;
    // Before the definition goes: without it the manager does not know what to disable.
    if (!wasEnabled && (await isEnabled(name, row, system))) await system.run(commandLine(row.disable(name)));
    if (definition !== undefined) await writeFile.undo(definition, context);
    await system.run(commandLine(row.reload));
  },
};

// The planner has refused it already, unless it came while this run was building.
async function refuseAnother({ manager, name, program }: ServiceDescription, system: ReadableSystem): Promise<void> {
  const other = await serviceProgram(manager, name, system);
  if (other === undefined || other === program) return;
  throw new KickstartError('EXISTING_SERVICE', {
    what: `The service ${name} of this machine is another agent: it starts ${other}.`,
    why: `A machine has one service of that name, and ${program} would need it.`,
    next: 'Take the other agent away first, then run kickstart again.',
  });
}

function definitionStep(service: ServiceDescription, row: ServiceManagerRow): WriteFileStep {
  return {
    kind: 'write-file',
    path: row.definitionPath(service.name),
    content: row.definition(service),
    mode: 0o644,
    when: 'always',
  };
}

async function isEnabled(name: string, row: ServiceManagerRow, system: ReadableSystem): Promise<boolean> {
  return (await system.query(commandLine(row.isEnabled(name)))).exitCode === 0;
}
