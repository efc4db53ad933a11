import type { ReadableSystem } from '../system/system.ts';
import { readIfAllowed, statIfAllowed } from './allowed-reads.ts';
import { type ServiceManager, serviceManagers } from './service-managers.ts';

/** What the agent is called as a service: on every machine the same, because people and their programs know it by this name. */
export const agentServiceName = 'netdata';

/** The program that the machine's own definition of a service starts; undefined when there is none, or the program is not here. Runs nothing. */
export async function serviceProgram(manager: ServiceManager, name: string, system: ReadableSystem): Promise<string | undefined> {
  const row = serviceManagers[manager];
  if (row === undefined) return undefined;
  const program = row.programOf((await readIfAllowed(row.definitionPath(name), system)) ?? '');
  return program === undefined || (await statIfAllowed(program, system)) === undefined ? undefined : program;
}
