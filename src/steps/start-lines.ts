import { agentLayout } from '../host/agent-layout.ts';
import { agentPrograms } from '../host/agent-program.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import { detectServiceManager } from '../host/detect-service-manager.ts';
import { serviceManagers } from '../host/service-managers.ts';
import { agentServiceName, serviceProgram } from '../host/service-program.ts';
import { shellWord } from '../host/shell-word.ts';
import type { ReadableSystem } from '../system/system.ts';
import { agentProcess } from './agent-process.ts';

/** The command line that starts the agent at this root on this machine: through its service where it has one, else the program, with the CA that it needs. */
export async function startLine(root: string, system: ReadableSystem): Promise<string> {
  const service = await serviceOf(root, system);
  if (service !== undefined) return service.start(agentServiceName).join(' ');
  const [{ netdata }, { privateCaFile }] = [await agentPrograms(root, system), agentLayout(root)];
  const hasCa = (await statIfAllowed(privateCaFile, system)) !== undefined;
  return withCa(netdata, hasCa ? privateCaFile : undefined);
}

/** A line that restarts the agent, as a sentence to go after "Restart it."; empty where its process cannot be seen. */
export async function restartByHand(root: string, system: ReadableSystem): Promise<string> {
  const service = await serviceOf(root, system);
  if (service !== undefined)
    return ` Its service: ${[service.stop, service.start].map((row) => row(agentServiceName).join(' ')).join('; ')}`;
  const agent = await agentProcess(root, system);
  if (agent === undefined || agent === 'unknown') return '';
  const { processId, environment } = agent;
  const line = withCa((await agentPrograms(root, system)).netdata, environment?.SSL_CERT_FILE);
  // It has to have ended: two of them would want one port.
  return ` When it was started by hand: kill ${processId}; while kill -0 ${processId} 2>/dev/null; do sleep 1; done; ${line}`;
}

/** Of the machine's manager, when a service of it starts this very agent. */
async function serviceOf(root: string, system: ReadableSystem) {
  const manager = await detectServiceManager(system);
  const row = serviceManagers[manager];
  if (row === undefined) return undefined;
  const program = await serviceProgram(manager, agentServiceName, system);
  if (program !== undefined) return program === (await agentPrograms(root, system)).netdata ? row : undefined;
  const ofPackage = root === '' && (await statIfAllowed(packageUnit, system)) !== undefined;
  return ofPackage ? row : undefined;
}

/** Who runs the agent chooses its environment, and root may paste the line. */
function withCa(program: string, caFile: string | undefined): string {
  return caFile === undefined || caFile === '' ? program : `SSL_CERT_FILE=${shellWord(caFile)} ${program}`;
}

// Where packages put their units. /lib is a link to /usr/lib, or the same place for packages. Source: systemd.unit(5).
const packageUnit = '/lib/systemd/system/netdata.service';
