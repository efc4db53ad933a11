import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalog } from '../../src/artifacts/catalog.ts';
import type { PinnedSource } from '../../src/artifacts/releases.ts';
import { execute } from '../../src/engine/execute.ts';
import { gatherHostFacts } from '../../src/host/facts.ts';
import { buildDependencyStages, fetchDependencySteps } from '../../src/plan/cloud-dependencies.ts';
import type { InstallOptions } from '../../src/plan/install-options.ts';
import type { Stage } from '../../src/plan/plan.ts';
import type { SourcePlanInput } from '../../src/plan/plan-input.ts';
import { sourceDirectory } from '../../src/plan/work-paths.ts';
import { createRealSystem } from '../../src/system/real-system.ts';

interface LibraryBuild {
  cacheDirectory: string;
  /** There, and empty; what is built lies below it. */
  workDirectory: string;
  /** Changes how the stage of the builds is walked. */
  changeBuild?: (stage: Stage) => Stage;
}

interface BuiltLibraries {
  /** Laid out like externaldeps/. */
  directory: string;
  /** How long the stage of the builds took. */
  buildSeconds: number;
  error?: Error;
}

/** Fetches and builds the libraries that the stand-in agent pins: the very stages of an install, walked by the engine, with the given cache. */
export async function buildLibraries({ cacheDirectory, workDirectory, changeBuild }: LibraryBuild): Promise<BuiltLibraries> {
  const system = createRealSystem({ environment: process.env });
  const input = await planInput(cacheDirectory, workDirectory);
  const stages = [
    { title: 'Fetch', atOnce: 4, steps: fetchDependencySteps(input) },
    ...buildDependencyStages(input).map(changeBuild ?? ((stage) => stage)),
  ];
  mkdirSync(join(workDirectory, 'state'));
  const starts: number[] = [];
  let end = 0;
  const { error } = await execute(
    { goal: 'install', title: 'Build the libraries', decisions: [], stages },
    {
      ...{ system, stateDirectory: join(workDirectory, 'state'), runId: input.runId, version: '0.0.0' },
      ...{ onFailure: 'undo', signal: new AbortController().signal },
      emit(event) {
        if (event.event === 'stage-started') starts.push(event.at);
        if (event.event === 'run-ended') end = event.at;
      },
    },
  );
  const directory = join(sourceDirectory(input.options), 'externaldeps');
  return { directory, buildSeconds: (end - (starts[1] ?? end)) / 1000, ...(error === undefined ? {} : { error }) };
}

async function planInput(cacheDirectory: string, workDirectory: string): Promise<SourcePlanInput> {
  const stateDirectory = join(workDirectory, 'state');
  const options: InstallOptions = {
    ...{ root: '', releaseUrl: '', cloud: 'require', stateDirectory, cacheDirectory, keepCache: true, workDirectory },
    ...{ onFailure: 'undo', waitSeconds: 0, service: 'direct' },
  };
  const system = createRealSystem({ environment: process.env });
  const facts = await gatherHostFacts({ root: '', stateDirectory, ...(process.env.PATH && { path: process.env.PATH }) }, system);
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
