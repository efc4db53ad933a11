import type { BuildTool } from '../host/build-tools.ts';
import type { HostFacts } from '../host/facts.ts';
import type { InstallOptions } from './install-options.ts';

// An agent without Cloud links nothing but the C library.
const toolsWithoutCloud: ReadonlySet<BuildTool> = new Set(['c-compiler', 'c-headers', 'make']);

/** What is missing on this machine for this build. */
export function neededTools({ cloud }: Pick<InstallOptions, 'cloud'>, { missingBuildTools }: HostFacts): readonly BuildTool[] {
  return missingBuildTools.filter((tool) => cloud !== 'disable' || toolsWithoutCloud.has(tool));
}
