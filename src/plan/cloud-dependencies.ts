import { satisfies } from 'semver';
import { type CatalogRow, catalog, sourcesOf } from '../artifacts/catalog.ts';
import type { PinnedSource } from '../artifacts/releases.ts';
import { buildParallelism } from './build-parallelism.ts';
import type { PlannedStep, Stage } from './plan.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { archivePath, sourceDirectory } from './work-paths.ts';

interface Dependency {
  row: CatalogRow;
  pin: PinnedSource;
}

/** The libraries that this agent's link needs, and that its own source tree pins. */
export function cloudDependencies({ options, release }: SourcePlanInput): readonly Dependency[] {
  if (options.cloud === 'disable') return [];
  const needed = catalog.filter((row) => satisfies(release.version, row.agentVersions, { includePrerelease: true }));
  return needed.flatMap((row) => {
    const pin = release.pinned.find(({ component }) => component === row.component);
    return pin === undefined ? [] : [{ row, pin }];
  });
}

export function fetchDependencySteps(input: SourcePlanInput): readonly PlannedStep[] {
  const { options } = input;
  return cloudDependencies(input).map(({ row, pin }) => ({
    id: fetchId(row),
    step: {
      kind: 'fetch-artifact',
      title: `${row.name} ${pin.version}`,
      sources: sourcesOf(row, pin, input.facts.packageManager),
      sha256: pin.sha256,
      path: archivePath(options, pin),
      workDirectory: options.workDirectory,
      keep: options.keepCache,
    },
    reason: `The agent's link to the Cloud needs ${row.name}; its source tree pins ${pin.version}.`,
    ...(options.cloud === 'require' ? {} : { optional: { sentence: row.sentences.fetchFailed } }),
  }));
}

/** All at once, as far as cores and memory go. The longest build comes first, so that no core waits for it at the end. */
export function buildDependencyStages(input: SourcePlanInput): readonly Stage[] {
  const { options, facts } = input;
  const dependencies = cloudDependencies(input).toSorted((one, other) => other.row.buildSeconds - one.row.buildSeconds);
  if (dependencies.length === 0) return [];
  const { atOnce, jobs } = buildParallelism(facts, dependencies.length);
  const steps: readonly PlannedStep[] = dependencies.map(({ row, pin }) => ({
    id: `build-dependency:${row.component}`,
    step: {
      kind: 'build-dependency',
      component: row.component,
      version: pin.version,
      archive: archivePath(options, pin),
      archiveSha256: pin.sha256,
      workDirectory: `${options.workDirectory}/${row.component}`,
      cacheDirectory: options.cacheDirectory,
      keep: options.keepCache,
      agentSourceDirectory: sourceDirectory(options),
      jobs,
      logPath: `${options.workDirectory}/${row.component}.log`,
    },
    reason: `The agent links ${row.name} from its source tree.`,
    needs: [fetchId(row)],
    ...(options.cloud === 'require' ? {} : { optional: { sentence: row.sentences.buildFailed, ...cmakeSentence(row) } }),
  }));
  return [{ title: 'Build the libraries of the agent-cloud link', atOnce, steps }];
}

function cmakeSentence(row: CatalogRow) {
  return row.sentences.cmakeMissing === undefined ? {} : { sentenceFor: { BUILD_TOOLS_MISSING: row.sentences.cmakeMissing } };
}

function fetchId(row: CatalogRow): string {
  return `fetch-artifact:${row.component}`;
}
