import { satisfies } from 'semver';
import { sourcesOf } from '../artifacts/catalog.ts';
import type { PinnedSource } from '../artifacts/releases.ts';
import { builderOf } from './builders.ts';
import { jobPool } from './job-pool.ts';
import { type CloudLibrary, cloudLibraries } from './library-ways.ts';
import type { PlannedStep } from './plan.ts';
import type { SourcePlanInput } from './plan-input.ts';
import { archivePath, externalDirectory, libraryWorkDirectory, logPath } from './work-paths.ts';

/** One step for each library that kickstart builds; the longest is first, so that no core waits for it at the end. */
export function buildDependencySteps(input: SourcePlanInput): readonly PlannedStep[] {
  return cloudLibraries(input).flatMap(({ row, way }) => (way.from === 'sources' ? [buildStep(row, way.pin, input)] : []));
}

/** Packages with the system's own copies of libraries that are to be used and are not here. */
export function libraryPackages(input: SourcePlanInput): readonly string[] {
  return cloudLibraries(input).flatMap(({ way }) => (way.from === 'packages' ? way.packages : []));
}

/** The components for which the agent's build uses the system's own copy. */
export function systemLibraries(input: SourcePlanInput): readonly string[] {
  return cloudLibraries(input).flatMap(({ row, way }) =>
    way.from === 'system' || way.from === 'packages' ? [row.component] : [],
  );
}

/** Where a library of the link that only the system can have is not to be had. */
export function isWithoutCloud(input: SourcePlanInput): boolean {
  return cloudLibraries(input).some(({ way }) => way.from === 'missing');
}

/** How each library comes, one sentence each. */
export function libraryDecisions(input: SourcePlanInput): readonly string[] {
  const notes = input.options.cloud === 'disable' ? [withoutCloud(input)] : [];
  return [...notes, ...librarySentences(input)];
}

function librarySentences(input: SourcePlanInput): readonly string[] {
  return cloudLibraries(input).map((library) => decisionOf(library, input));
}

/** From 2.0 an agent is never without Cloud. Source: spec/kickstart-behaviour.md 8.5. */
function withoutCloud({ release: { tag, version } }: SourcePlanInput): string {
  return satisfies(version, '>=2.0.0-0', { includePrerelease: true })
    ? `--disable-cloud has no effect: Netdata ${tag} cannot be built without Cloud.`
    : 'Cloud is disabled: no library for it is fetched or built.';
}

function decisionOf({ row: { name, component, system }, way }: CloudLibrary, { release }: SourcePlanInput): string {
  const caution = system?.caution === undefined ? '' : ` ${system.caution}`;
  switch (way.from) {
    case 'sources':
      return `For the link to the Cloud: ${name} ${way.pin.version}, from the cache or built from its sources.`;
    case 'system':
      return `For the link to the Cloud: ${name} ${way.version} of this system (pkg-config).${caution}`;
    case 'packages':
      return `For the link to the Cloud: ${name} of this system, which is installed for it (${way.packages.join(', ')}).${caution}`;
    case 'missing':
      return `The link to the Cloud needs ${name}, which is not here and cannot be installed: the agent is built without Cloud.`;
    case 'nowhere':
      return `The link to the Cloud needs ${name}, and the source tree of ${release.tag} does not pin one (packaging/${component}.version): the agent's build decides what it does without.`;
  }
}

function buildStep(row: CloudLibrary['row'], pin: PinnedSource, input: SourcePlanInput): PlannedStep {
  const { options, facts } = input;
  const { packageManager } = facts;
  const { bundleDirectory, mirrorUrl, caFile } = options;
  return {
    id: `build-dependency:${row.component}`,
    step: {
      kind: 'build-dependency',
      component: row.component,
      version: pin.version,
      sources: sourcesOf(row, pin, { packageManager, bundleDirectory, mirrorUrl }),
      archive: archivePath(options, pin),
      archiveSha256: pin.sha256,
      ...(caFile === undefined ? {} : { caFile }),
      workDirectory: libraryWorkDirectory(options, row.component),
      runDirectory: options.workDirectory,
      externalDirectory: externalDirectory(options),
      cacheDirectory: options.cacheDirectory,
      keep: options.keepCache,
      stateDirectory: options.stateDirectory,
      jobs: jobPool(input),
      ...builderOf(row.component, input),
      logPath: logPath(input, row.component),
    },
    reason: `The agent's link to the Cloud needs ${row.name}; its source tree pins ${pin.version}.`,
    ...(options.cloud === 'require' ? {} : { optional: sentencesOf(row) }),
  };
}

function sentencesOf({ sentences: { fetchFailed, buildFailed, cmakeMissing } }: CloudLibrary['row']) {
  return {
    sentence: buildFailed,
    sentenceFor: {
      ...{ FETCH_FAILED: fetchFailed, VERIFY_CHECKSUM: fetchFailed, VERIFY_ARCHIVE_UNSAFE: fetchFailed },
      ...(cmakeMissing === undefined ? {} : { BUILD_TOOLS_MISSING: cmakeMissing }),
    },
  };
}
