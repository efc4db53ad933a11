import { satisfies } from 'semver';
import type { BuildTool } from '../host/build-tools.ts';
import type { FeatureLibrary } from '../host/feature-libraries.ts';
import { isBuiltWithCmake } from './agent-needs.ts';
import { isWithoutCloud } from './cloud-dependencies.ts';
import type { InstallerSwitch } from './install-options.ts';
import { toolsToInstall } from './needed-tools.ts';
import type { SourcePlanInput } from './plan-input.ts';

/** A part of an agent from 1.45 on that its CMake makes or leaves out. */
interface AgentFeature {
  /** After ENABLE_. */
  option: string;
  /** For people. */
  name: string;
  /** semver range of the agents. */
  agents: string;
  /** What turns it on and off in the words of the agent's installer: --enable-WORD, --disable-WORD. */
  words?: readonly string[];
  /** Made when all of these are here. */
  libraries?: readonly FeatureLibrary[];
  /** Left out when this one is here. */
  unless?: FeatureLibrary;
  /** Made when all of these are here, or will be installed. */
  tools?: readonly BuildTool[];
  /** Made when asked for, only: its build downloads, or needs a toolchain of its own. */
  onlyAsked?: true;
}

/** What CMake is told of the parts of this agent. Empty for an agent with a configure, which finds them itself. */
export function featureWords(input: SourcePlanInput): readonly string[] {
  return featuresOf(input).map(({ feature, isOn }) => `-DENABLE_${feature.option}=${isOn ? 'On' : 'Off'}`);
}

/** What is left out, and how to have it, in one sentence; none when nothing is. */
export function featureDecisions(input: SourcePlanInput): readonly string[] {
  const off = featuresOf(input).filter(({ isOn, asked }) => !isOn && asked === undefined);
  if (off.length === 0) return [];
  const names = (isAsked: boolean) =>
    off.flatMap(({ feature: { name, onlyAsked = false } }) => (onlyAsked === isAsked ? [name] : [])).join(', ');
  const [asked, absent] = [names(true), names(false)];
  const reasons = [
    ...(asked === '' ? [] : [`${asked} (their build downloads, or needs a toolchain of its own)`]),
    ...(absent === '' ? [] : [`${absent} (what they are made with is not here)`]),
  ];
  return [`The agent is built without ${reasons.join('; and without ')}. --local-build-options can ask for them.`];
}

export function isFeatureWord(word: string): boolean {
  return agentFeatures.some(({ words = [] }) => words.includes(word));
}

interface FeatureState {
  feature: AgentFeature;
  isOn: boolean;
  /** By the user. */
  asked: boolean | undefined;
}

function featuresOf(input: SourcePlanInput): readonly FeatureState[] {
  const { release, options } = input;
  if (!isBuiltWithCmake(release.version)) return [];
  const given = options.ownBuild?.switches ?? [];
  return agentFeatures
    .filter(({ agents }) => satisfies(release.version, agents, { includePrerelease: true }))
    .map((feature) => {
      const asked = askedFor(feature, given);
      return { feature, asked, isOn: asked ?? canBeMade(feature, input) };
    });
}

function askedFor({ words = [] }: AgentFeature, given: readonly InstallerSwitch[]): boolean | undefined {
  return given.findLast(({ word }) => words.includes(word))?.isOn;
}

function canBeMade({ option, libraries = [], unless, tools = [], onlyAsked }: AgentFeature, input: SourcePlanInput): boolean {
  const { systemLibraries, missingBuildTools } = input.facts;
  if (onlyAsked || (unless !== undefined && systemLibraries[unless] !== undefined)) return false;
  // Without protobuf there is neither the link nor this.
  if (option === 'EXPORTER_PROMETHEUS_REMOTE_WRITE' && isWithoutCloud(input)) return false;
  const installed = toolsToInstall(input).agent;
  const isThere = (tool: BuildTool) => !missingBuildTools.includes(tool) || installed.includes(tool);
  const isHere = (library: FeatureLibrary) =>
    systemLibraries[library] !== undefined || installed.some((tool) => tool === library);
  return libraries.every(isHere) && tools.every(isThere);
}

/** Source: CMakeLists.txt of v1.45.0 to v2.11.0; netdata-installer.sh and packaging/installer/functions.sh v1.45.0 and v2.10.4, which decide the same way. */
const agentFeatures: readonly AgentFeature[] = [
  { option: 'PLUGIN_GO', name: 'go.d.plugin', agents: '>=1.45.0-0', words: ['plugin-go', 'go'], onlyAsked: true },
  { option: 'PLUGIN_SCRIPTS', name: 'scripts.d.plugin', agents: '>=2.9.0-0', words: ['plugin-scripts'], onlyAsked: true },
  { option: 'PLUGIN_IBM', name: 'ibm.d.plugin', agents: '>=2.8.0-0', words: ['plugin-ibm'], onlyAsked: true },
  { option: 'PLUGIN_OTEL', name: 'otel-plugin', agents: '>=2.4.0-0', words: ['plugin-otel'], onlyAsked: true },
  {
    option: 'PLUGIN_OTEL_SIGNAL_VIEWER',
    name: 'otel-signal-viewer-plugin',
    agents: '>=2.9.0-0',
    words: ['plugin-otel-signal-viewer'],
    onlyAsked: true,
  },
  { option: 'PLUGIN_EBPF', name: 'ebpf.plugin', agents: '>=1.45.0-0', words: ['ebpf'], onlyAsked: true },
  {
    option: 'PLUGIN_LOGS_MANAGEMENT',
    name: 'logs-management.plugin',
    agents: '>=1.45.0-0 <1.47.0-0',
    words: ['logs-management', 'logsmanagement'],
    onlyAsked: true,
  },
  { option: 'ML', name: 'machine learning', agents: '>=2.4.0-0', words: ['ml'], onlyAsked: true },
  { option: 'DASHBOARD', name: 'the local dashboard', agents: '>=2.0.0-0', onlyAsked: true },
  { option: 'LIBBACKTRACE', name: 'libbacktrace', agents: '>=2.4.0-0', onlyAsked: true },
  // Up to 2.3 the sources of dlib are in the tree.
  { option: 'ML', name: 'machine learning', agents: '>=1.45.0-0 <2.4.0-0', words: ['ml'] },
  { option: 'DBENGINE', name: 'the database engine', agents: '>=1.45.0-0', words: ['dbengine'] },
  { option: 'PLUGIN_PYTHON', name: 'python.d.plugin', agents: '>=2.0.0-0', words: ['plugin-python'] },
  { option: 'PLUGIN_CHARTS', name: 'charts.d.plugin', agents: '>=2.0.0-0', words: ['plugin-charts'] },
  { option: 'PLUGIN_DEBUGFS', name: 'debugfs.plugin', agents: '>=2.2.0-0', tools: ['flex', 'bison'] },
  {
    option: 'PLUGIN_SYSTEMD_JOURNAL',
    name: 'systemd-journal.plugin',
    agents: '>=1.45.0-0',
    words: ['plugin-systemd-journal'],
    libraries: ['libsystemd'],
    unless: 'libelogind',
  },
  {
    option: 'PLUGIN_SYSTEMD_UNITS',
    name: 'systemd-units.plugin',
    agents: '>=2.6.0-0',
    libraries: ['libsystemd'],
    unless: 'libelogind',
  },
  { option: 'PLUGIN_CUPS', name: 'cups.plugin', agents: '>=1.45.0-0', libraries: ['cups'] },
  {
    option: 'PLUGIN_FREEIPMI',
    name: 'freeipmi.plugin',
    agents: '>=1.45.0-0',
    words: ['plugin-freeipmi'],
    libraries: ['libipmimonitoring'],
  },
  {
    option: 'PLUGIN_NFACCT',
    name: 'nfacct.plugin',
    agents: '>=1.45.0-0',
    words: ['plugin-nfacct'],
    libraries: ['libnetfilter_acct', 'libmnl'],
  },
  {
    option: 'PLUGIN_XENSTAT',
    name: 'xenstat.plugin',
    agents: '>=1.45.0-0',
    words: ['plugin-xenstat'],
    libraries: ['xenstat', 'xenlight'],
  },
  {
    option: 'EXPORTER_PROMETHEUS_REMOTE_WRITE',
    name: 'the Prometheus exporter',
    agents: '>=1.45.0-0',
    words: ['exporting-prometheus-remote-write', 'backend-prometheus-remote-write'],
    libraries: ['snappy'],
  },
  {
    option: 'EXPORTER_MONGODB',
    name: 'the MongoDB exporter',
    agents: '>=1.45.0-0',
    words: ['exporting-mongodb', 'backend-mongodb'],
    libraries: ['libmongoc'],
  },
];
