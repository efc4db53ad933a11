import { coerce, gt, gte, satisfies } from 'semver';
import { KickstartError } from '../errors.ts';
import { buildLanguage, bytesPerJob, lackingMemory } from './build-parallelism.ts';
import { toolsInTheWay } from './needed-tools.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { toolsMissing } from './refuse-tools.ts';

type Rule = (input: SourcePlanInput) => KickstartError | undefined;

/** Every reason why this machine cannot build this very release, when all else is well; none where an agent is here that is as new. Empty: go on. */
export function buildRefusals(input: SourcePlanInput, installed?: { version: string }): readonly KickstartError[] {
  if (installed !== undefined && !gt(input.release.version, installed.version)) return [];
  return [tooLittleMemory, missingTools, oldCmake, oldJsonc].flatMap((rule) => rule(input) ?? []);
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

const oldCmake: Rule = ({ facts: { cmakeVersion }, release: { tag, version } }) => {
  const needed = neededCmake.find(({ agents }) => satisfies(version, agents, { includePrerelease: true }))?.cmake;
  if (needed === undefined || cmakeVersion === undefined || gte(cmakeVersion, needed)) return undefined;
  return new KickstartError('BUILD_TOOLS_MISSING', {
    what: `Netdata ${tag} is built with CMake ${needed} or newer, and here is ${cmakeVersion}.`,
    why: 'The CMakeLists.txt of the agent asks for it.',
    next: 'Install a newer cmake, for example from the backports of the distribution, and run kickstart again.',
  });
};

/** Its CMake would clone another one, and is told not to: it would end with an error about that. */
const oldJsonc: Rule = ({ facts: { systemLibraries }, release: { tag, version } }) => {
  const found = systemLibraries.jsonc;
  const known = found === undefined ? null : coerce(found);
  if (known === null || gte(known, neededJsonc.jsonc)) return undefined;
  if (!satisfies(version, neededJsonc.agents, { includePrerelease: true })) return undefined;
  return new KickstartError('BUILD_TOOLS_MISSING', {
    what: `Netdata ${tag} is built with JSON-C 0.14 or newer, and here is ${found}.`,
    why: 'The CMakeLists.txt of the agent asks for it, and kickstart lets no build download another one.',
    next: 'Install the headers of a newer JSON-C where pkg-config finds them, and run kickstart again; or install the static build or a native package, which bring their own.',
  });
};

/** Source: packaging/cmake/Modules/NetdataJSONC.cmake of v1.47.0, which takes any, of v2.0.0 and v2.11.0. */
const neededJsonc = { agents: '>=2.0.0-0', jsonc: '0.14.0' };

/** Source: the first line of CMakeLists.txt of v1.45.0, v1.46.0, v1.47.0 and v2.11.0. */
const neededCmake = [
  { agents: '>=1.45.0-0 <1.47.0-0', cmake: '3.13.0' },
  { agents: '>=1.47.0-0', cmake: '3.16.0' },
];
