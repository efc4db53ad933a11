import { gt } from 'semver';
import { KickstartError } from '../errors.ts';
import { buildLanguage, bytesPerJob, lackingMemory } from './build-parallelism.ts';
import { toolsInTheWay } from './needed-tools.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { toolsMissing } from './refuse-tools.ts';

type Rule = (input: SourcePlanInput) => KickstartError | undefined;

/** Every reason why this machine cannot build this very release, when all else is well; none where an agent is here that is as new. Empty: go on. */
export function buildRefusals(input: SourcePlanInput, installed?: { version: string }): readonly KickstartError[] {
  if (installed !== undefined && !gt(input.release.version, installed.version)) return [];
  return [tooLittleMemory, missingTools].flatMap((rule) => rule(input) ?? []);
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

const missingTools: Rule = (input) => {
  const tools = toolsInTheWay(input);
  return tools.length === 0 ? undefined : toolsMissing(`Netdata ${input.release.tag}`, tools, input.facts);
};
