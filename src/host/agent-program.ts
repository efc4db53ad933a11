import type { ReadableSystem } from '../system/system.ts';
import { agentLayout } from './agent-layout.ts';
import { canonicalPath } from './allowed-reads.ts';
import { isProgram } from './find-program.ts';

/** Where the programs of one agent are. */
export interface AgentPrograms {
  /** What people start. */
  netdata: string;
  netdatacli: string;
}

/**
 * The programs below `root`: usually in usr/sbin; of static builds in bin, which usr/sbin may be a link to. Where there are none: where an install
 * has them. Source: spec/kickstart-behaviour.md 4.1.
 */
export async function agentPrograms(root: string, system: ReadableSystem): Promise<AgentPrograms> {
  const { netdata, netdatacli } = agentLayout(root);
  if (root === '' || (await isProgram(netdata, system))) return { netdata, netdatacli };
  for (const directory of [`${root}/bin`, `${root}/usr/bin`]) {
    if (await isProgram(`${directory}/netdata`, system)) {
      return { netdata: `${directory}/netdata`, netdatacli: `${directory}/netdatacli` };
    }
  }
  return { netdata, netdatacli };
}

/** The file that the agent's process runs, without links: a static build's netdata is a script that starts another one. */
export async function agentProgram(root: string, system: ReadableSystem): Promise<string> {
  const program = await canonicalPath((await agentPrograms(root, system)).netdata, system);
  const started = program.replace(/\/netdata$/, '/srv/netdata');
  return (await isProgram(started, system)) ? canonicalPath(started, system) : program;
}
