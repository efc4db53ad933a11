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
    environment: trustsPrivateCa ? { SSL_CERT_FILE: layout.privateCaFile } : {},
    pidPath: layout.pidFile,
    logPath: `${layout.logDirectory}/daemon.log`,
  };
}
