import { KickstartError } from '../errors.ts';
import { type BuildTool, buildTools, packagesFor } from '../host/build-tools.ts';
import type { HostFacts } from '../host/facts.ts';
import { packageManagers } from '../host/package-managers.ts';

/** All of them at once, with the command that brings them. */
export function toolsMissing(agent: string, tools: readonly BuildTool[], facts: HostFacts): KickstartError {
  const { packageManager, privileges } = facts;
  return new KickstartError('BUILD_TOOLS_MISSING', {
    what: `${agent} is built with what is not here: ${tools.map((tool) => buildTools[tool].label).join(', ')}.`,
    why: privileges.isRoot
      ? 'This version of kickstart does not drive the package manager of this system.'
      : 'Only root can install packages.',
    next:
      packageManager === undefined
        ? 'Install them, and run kickstart again.'
        : `Run as root: ${packageManagers[packageManager].install(packagesFor(tools, packageManager)).join(' ')}; then run kickstart again.`,
  });
}
