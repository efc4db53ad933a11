import { agentLayout } from '../host/agent-layout.ts';
import type { HostFacts } from '../host/facts.ts';
import type { ServiceDescription } from '../host/service-managers.ts';
import { agentServiceName } from '../host/service-program.ts';
import type { InstallOptions } from './install-options.ts';

/**
 * The agent as a service. Its link trusts OpenSSL's default store or SSL_CERT_FILE only, never cloud_fullchain.pem: a private CA has to reach
 * it through its environment. Source: spec/agent-wire-transcript.md 2.
 */
export function agentService({ root, service }: InstallOptions, facts: HostFacts, trustsPrivateCa: boolean): ServiceDescription {
  const layout = agentLayout(root);
  return {
    manager: service === 'managed' && facts.privileges.isRoot ? facts.serviceManager : 'none',
    name: agentServiceName,
    description: 'Netdata monitoring agent',
    program: layout.netdata,
    arguments: ['-D'],
    environment: { ...ownPipe(root, layout.runDirectory), ...(trustsPrivateCa ? { SSL_CERT_FILE: layout.privateCaFile } : {}) },
    pidPath: layout.pidFile,
    logPath: `${layout.logDirectory}/daemon.log`,
  };
}

/**
 * An agent below a prefix gets a control pipe of its own: else it takes that of the system's agent, and hears what is meant for that. Agents from 1.44
 * on know the first variable, the second from 2.3 on; up to 1.43 a machine has one pipe. Source: agent daemon/pipename.c, libnetdata/os/run_dir.c.
 */
function ownPipe(root: string, runDirectory: string): Readonly<Record<string, string>> {
  const pipe = `${runDirectory}/netdata.pipe`;
  // A longer path is no address of a socket. Source: unix(7).
  return root === '' || Buffer.byteLength(pipe) > 107 ? {} : { NETDATA_PIPENAME: pipe, NETDATA_RUN_DIR: runDirectory };
}
