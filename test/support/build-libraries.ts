import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalog } from '../../src/artifacts/catalog.ts';
import type { PinnedSource } from '../../src/artifacts/releases.ts';
import { execute } from '../../src/engine/execute.ts';
import { gatherHostFacts } from '../../src/host/facts.ts';
import { buildDependencySteps } from '../../src/plan/cloud-dependencies.ts';
import type { InstallOptions } from '../../src/plan/install-options.ts';
import type { PlannedStep, Stage } from '../../src/plan/plan.ts';
import type { SourcePlanInput } from '../../src/plan/plan-input.ts';
import { externalDirectory, logDirectory } from '../../src/plan/work-paths.ts';
import { createRealSystem } from '../../src/system/real-system.ts';

interface LibraryBuild {
  cacheDirectory: string;
  /** There, and empty; what is built lies below it. Others can enter it afterwards, because compilers run as a lesser user. */
  workDirectory: string;
  /** Whose libraries. Default: those of an agent before 1.33 and of one after. */
  agents?: readonly string[];
  /** Changes how the stage of the builds is walked. */
  changeBuild?: (stage: Stage) => Stage;
}

interface BuiltLibraries {
  /** Laid out like externaldeps/. */
  directory: string;
  /** How long the stage took that fetches and builds. */
  buildSeconds: number;
  error?: Error;
}

/** Fetches and builds the libraries that the stand-in agent pins: the very steps of an install, walked by the engine, with the given cache. */
export async function buildLibraries(build: LibraryBuild): Promise<BuiltLibraries> {
  const { cacheDirectory, workDirectory, agents = ['1.31.0', '1.34.0'], changeBuild = (stage) => stage } = build;
  const system = createRealSystem({ environment: process.env });
  chmodSync(workDirectory, 0o755);
  const input = await planInput(cacheDirectory, workDirectory);
  const steps = stepsFor(agents, input);
  const stages = [changeBuild({ title: 'Fetch and build', atOnce: steps.length, steps })];
  mkdirSync(logDirectory(input), { recursive: true });
  let [start, end] = [0, 0];
  const { error } = await execute(
    { goal: 'install', title: 'Build the libraries', decisions: [], stages },
    {
      ...{ system, stateDirectory: input.options.stateDirectory, runId: input.runId, version: '0.0.0' },
      ...{ onFailure: 'undo', signal: new AbortController().signal },
      emit(event) {
        if (event.event === 'stage-started') start = event.at;
        if (event.event === 'run-ended') end = event.at;
      },
    },
  );
  const directory = externalDirectory(input.options);
  return { directory, buildSeconds: (end - start) / 1000, ...(error === undefined ? {} : { error }) };
}

/** The longest build first, as in every plan; what several agents need is built once. */
function stepsFor(agents: readonly string[], input: SourcePlanInput): readonly PlannedStep[] {
  const steps = agents.flatMap((version) => buildDependencySteps({ ...input, release: { ...input.release, version } }));
  return catalog
    .toSorted((one, other) => other.buildSeconds - one.buildSeconds)
    .flatMap(({ component }) => steps.find(({ id }) => id === `build-dependency:${component}`) ?? []);
}

async function planInput(cacheDirectory: string, workDirectory: string): Promise<SourcePlanInput> {
  const stateDirectory = join(workDirectory, 'state');
  const options: InstallOptions = {
    ...{ root: '', releaseUrl: '', cloud: 'require', stateDirectory, cacheDirectory, keepCache: true, workDirectory },
    ...{ claimOnly: false, useSystemLibraries: false, onFailure: 'undo', waitSeconds: 0, service: 'direct' },
  };
  const system = createRealSystem({ environment: process.env });
  const { PATH: path } = process.env;
  // No copies of the system: what is tested is what kickstart builds.
  const build = { claims: false, workDirectory, libraries: {} };
  const facts = await gatherHostFacts({ root: '', stateDirectory, build, ...(path && { path }) }, system);
  const release = { tag: 'v1.31.0', version: '1.31.0', url: '', sha256: '', pinned: catalog.map(pinOf) };
  return { options, facts, runId: 'build-libraries', release };
}

function pinOf({ component }: { component: string }): PinnedSource {
  const [version = ''] = packagingWords(`${component}.version`);
  const [sha256 = '', fileName = ''] = packagingWords(`${component}.checksums`);
  return { component, version, sha256, fileName };
}

function packagingWords(name: string): readonly string[] {
  return readFileSync(new URL(`../../src/standin/agent/packaging/${name}`, import.meta.url), 'utf8')
    .trim()
    .split(/\s+/);
}
