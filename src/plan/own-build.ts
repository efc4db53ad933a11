import { featureWords, isFeatureWord } from './agent-features.ts';
import { isBuiltWithCmake } from './agent-needs.ts';
import type { CompilerFlags, InstallerSwitch, OwnBuild } from './install-options.ts';
import type { SourcePlanInput } from './plan-input.ts';

/** What the agent's configure, or its CMake, is told beside paths, user and the link: parts, compiler flags, and last what the user says. */
export function ownBuildWords(input: SourcePlanInput): readonly string[] {
  const given = input.options.ownBuild ?? nothing;
  if (!isBuiltWithCmake(input.release.version)) {
    const { CFLAGS = defaultFlags, CXXFLAGS, LDFLAGS } = given.flags;
    return [
      // Of what is built once nobody has to know when to build it again.
      '--disable-dependency-tracking',
      ...given.switches.flatMap(configureSwitch),
      ...given.configure,
      `CFLAGS=${CFLAGS}`,
      ...(CXXFLAGS === undefined ? [] : [`CXXFLAGS=${CXXFLAGS}`]),
      ...(LDFLAGS === undefined ? [] : [`LDFLAGS=${LDFLAGS}`]),
    ];
  }
  const flags = cmakeFlags.flatMap(([name, variable]) => {
    const value = given.flags[name];
    return value === undefined ? [] : [`-D${variable}=${value}`];
  });
  return [...featureWords(input), ...flags, ...given.switches.flatMap(cmakeSwitch), ...given.cmake];
}

/** What the user said and this agent's build has no use for, in one sentence. */
export function ownBuildDecisions({ options, release: { tag, version } }: SourcePlanInput): readonly string[] {
  const { switches, configure, cmake } = options.ownBuild ?? nothing;
  const byCmake = isBuiltWithCmake(version);
  const unused = byCmake
    ? [
        ...switches.filter(({ word }) => cmakeSwitch({ word, isOn: true }).length === 0 && !isFeatureWord(word)).map(spelt),
        ...configure,
      ]
    : [...switches.filter(({ word }) => goWords.includes(word)).map(spelt), ...cmake];
  if (unused.length === 0) return [];
  return [
    `${unused.join(' ')}: Netdata ${tag} is built with ${byCmake ? 'CMake' : 'configure and make'}, which has no use for it.`,
  ];
}

function spelt({ word, isOn }: InstallerSwitch): string {
  return `--${isOn ? 'enable' : 'disable'}-${word}`;
}

/** Source: agent netdata-installer.sh v1.37.1, whose backend-… are the exporting-… of configure, and whose Go has no part in configure. */
function configureSwitch({ word, isOn }: InstallerSwitch): readonly string[] {
  return goWords.includes(word) ? [] : [spelt({ word: word.replace(/^backend-/, 'exporting-'), isOn })];
}

const goWords: readonly string[] = ['go', 'plugin-go'];

function cmakeSwitch({ word, isOn }: InstallerSwitch): readonly string[] {
  const value = isOn ? 'On' : 'Off';
  return word === 'lto' ? [`-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=${value}`, `-DUSE_LTO=${value}`] : [];
}

const cmakeFlags: readonly (readonly [CompilerFlags, string])[] = [
  ['CFLAGS', 'CMAKE_C_FLAGS'],
  ['CXXFLAGS', 'CMAKE_CXX_FLAGS'],
  ['LDFLAGS', 'CMAKE_EXE_LINKER_FLAGS'],
];

// As the agent's installer does; without it configure adds -g. Source: netdata-installer.sh v1.37.1.
const defaultFlags = '-O2 -pipe';
const nothing: OwnBuild = { switches: [], configure: [], cmake: [], flags: {} };
