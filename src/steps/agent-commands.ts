import { satisfies } from 'semver';
import { type CatalogRow, catalog } from '../artifacts/catalog.ts';
import type { Command } from '../system/system.ts';
import type { BuildAgentStep } from './build-agent.ts';

/** The three commands that make an agent, in this order; `install` fills a directory that stands for `/`. */
export interface AgentCommands {
  configure: Command;
  compile: Command;
  install(destination: string): Command;
}

/** How this version of the agent is built. `built`: the components that are in externaldeps/. Source: spec/kickstart-behaviour.md 7.6, 8.3, 8.5 and 8.6. */
export function agentCommands(step: BuildAgentStep, built: readonly string[]): AgentCommands {
  const build = builds.find(({ versions }) => isFor(step.version, versions));
  if (build === undefined) throw new Error(`Nobody knows how to build an agent ${step.version}.`);
  return build.commands(step, built);
}

interface AgentBuild {
  /** semver range of the agents that are built so. */
  versions: string;
  commands(step: BuildAgentStep, built: readonly string[]): AgentCommands;
}

const builds: readonly AgentBuild[] = [
  {
    versions: '<1.45.0-0',
    commands: (step, built) => ({
      configure: { program: './configure', arguments: configureArguments(step, built), directory: step.sourceDirectory },
      ...make(step, []),
    }),
  },
  {
    versions: '>=1.45.0-0',
    commands: (step, built) => ({
      configure: { program: 'cmake', arguments: cmakeArguments(step, built), directory: step.sourceDirectory },
      ...(step.ninja ? ninja(step) : make(step, ['-C', 'build'])),
    }),
  },
];

type MakeCommands = Pick<AgentCommands, 'compile' | 'install'>;

// Without -j: how many jobs there are is the pool's, which make is told by its environment.
function make({ sourceDirectory: directory }: BuildAgentStep, words: readonly string[]): MakeCommands {
  return {
    compile: { program: 'make', arguments: words, directory },
    install: (destination) => ({ program: 'make', arguments: [...words, 'install', `DESTDIR=${destination}`], directory }),
  };
}

// Before 1.13 it knows nothing of job servers; nothing else is built at the same time.
function ninja({ sourceDirectory: directory, jobs }: BuildAgentStep): MakeCommands {
  return {
    compile: { program: 'cmake', arguments: ['--build', 'build', '--parallel', `${jobs.slots}`], directory },
    install: (destination) => ({
      program: 'cmake',
      arguments: ['--install', 'build'],
      directory,
      environment: { DESTDIR: destination },
    }),
  };
}

function configureArguments(
  { root, cloud, user, systemLibraries, configuration }: BuildAgentStep,
  built: readonly string[],
): readonly string[] {
  const paths = { prefix: 'usr', sysconfdir: 'etc', localstatedir: 'var', libexecdir: 'usr/libexec', libdir: 'usr/lib' };
  const flagOf = ({ component, configureFlag, system }: CatalogRow) => {
    if (systemLibraries.includes(component)) return system?.configureFlag ?? [];
    return built.includes(component) ? (configureFlag ?? []) : [];
  };
  return [
    ...Object.entries(paths).map(([name, below]) => `--${name}=${root}/${below}`),
    ...['--with-zlib', '--with-math', `--with-user=${user}`],
    ...configureCloudFlags[cloud],
    ...(cloud === 'disable' ? [] : catalog.flatMap(flagOf)),
    ...configuration,
  ];
}

function cmakeArguments(
  { root, cloud, user, version, configuration, ninja: byNinja }: BuildAgentStep,
  built: readonly string[],
): readonly string[] {
  // On is what is in externaldeps/, in 1.45; later, a clone.
  const bundled = catalog.flatMap(({ component, cmakeOption }) =>
    cmakeOption === undefined ? [] : [`-D${cmakeOption}=${built.includes(component) ? 'On' : 'Off'}`],
  );
  return [
    ...[
      '-S',
      '.',
      '-B',
      'build',
      '-G',
      byNinja ? 'Ninja' : 'Unix Makefiles',
      `-DCMAKE_INSTALL_PREFIX=${root || '/'}`,
      `-DNETDATA_USER=${user}`,
    ],
    ...(isFor(version, '<2.0.0-0') ? cmakeCloudFlags[cloud] : []),
    ...bundled,
    // A build that downloads has no checksums of ours.
    ...['-DENABLE_BUNDLED_YAML=Off', '-DFETCHCONTENT_FULLY_DISCONNECTED=On'],
    ...configuration,
  ];
}

function isFor(version: string, range: string): boolean {
  return satisfies(version, range, { includePrerelease: true });
}

type CloudFlags = Readonly<Record<BuildAgentStep['cloud'], readonly string[]>>;

// --enable-cloud makes configure fail where it would otherwise go on without.
const configureCloudFlags: CloudFlags = { detect: [], require: ['--enable-cloud'], disable: ['--disable-cloud'] };

// Up to 1.47; after that an agent is never without Cloud.
const cmakeCloudFlags: CloudFlags = {
  detect: [],
  require: ['-DENABLE_ACLK=On', '-DENABLE_CLOUD=On'],
  disable: ['-DENABLE_ACLK=Off', '-DENABLE_CLOUD=Off'],
};
