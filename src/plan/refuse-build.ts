import { gt, satisfies } from 'semver';
import { KickstartError } from '../errors.ts';
import { buildTools, packagesFor } from '../host/build-tools.ts';
import { packageManagers } from '../host/package-managers.ts';
import { buildLanguage, bytesPerJob, lackingMemory } from './build-parallelism.ts';
import { canInstallPackages } from './needed-tools.ts';
import type { SourcePlanInput } from './plan-input.ts';

type Rule = (input: SourcePlanInput) => KickstartError | undefined;

/** Every reason why this machine cannot build this very release, when all else is well; none where an agent is here that is as new. Empty: go on. */
export function buildRefusals(input: SourcePlanInput, installed?: { version: string }): readonly KickstartError[] {
  if (installed !== undefined && !gt(input.release.version, installed.version)) return [];
  return [tooLittleMemory, agentNeedsTools].flatMap((rule) => rule(input) ?? []);
}

const tooLittleMemory: Rule = ({ facts, release }) => {
  const lacking = lackingMemory(facts, bytesPerJob[buildLanguage(release.version)]);
  if (lacking === undefined) return undefined;
  const mebibytes = (bytes: number) => `${Math.floor(bytes / 1024 ** 2)} MiB`;
  return new KickstartError('BUILD_MEMORY_TOO_SMALL', {
    what: `Netdata ${release.tag} cannot be built here: one compiler needs ${mebibytes(lacking.neededBytes)} of memory, and this machine lets it use ${mebibytes(lacking.memoryBytes)}.`,
    why: 'That is what it has, or what the limit of a control group (a container, a service) leaves of it.',
    next: 'Give it more memory, or install the static build or a native package, for which nothing is compiled.',
  });
};

/** From 1.45 the agent itself is built with CMake, in C++, and with OpenSSL, with or without Cloud. Source: spec/kickstart-behaviour.md 8.1 and 8.3. */
const agentNeedsTools: Rule = ({ options, facts, release }) => {
  const { missingBuildTools: tools, packageManager } = facts;
  const isRefusedBefore = options.cloud === 'require';
  if (tools.length === 0 || isRefusedBefore || canInstallPackages(facts)) return undefined;
  if (!satisfies(release.version, '>=1.45.0-0', { includePrerelease: true })) return undefined;
  return new KickstartError('BUILD_TOOLS_MISSING', {
    what: `Netdata ${release.tag} is built with what is not here: ${tools.map((tool) => buildTools[tool].label).join(', ')}.`,
    why: 'kickstart cannot install it on this machine by itself.',
    next:
      packageManager === undefined
        ? 'Install it, and run kickstart again.'
        : `Run as root: ${packageManagers[packageManager].install(packagesFor(tools, packageManager)).join(' ')}; then run kickstart again.`,
  });
};
