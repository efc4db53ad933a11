import { buildTools } from '../host/build-tools.ts';
import { lacksHostnameValidation } from '../host/openssl-version.ts';
import { featureDecisions } from './agent-features.ts';
import { toolsForCloud } from './needed-tools.ts';
import { ownBuildDecisions } from './own-build.ts';
import type { SourcePlanInput } from './plan-input.ts';

/** What this machine means for a build, known before anything is built: one sentence each. */
export function buildDecisions(input: SourcePlanInput): readonly string[] {
  const sentences = [missingTools, oldOpenssl, whoCompiles].flatMap((sentence) => sentence(input) ?? []);
  return [...featureDecisions(input), ...ownBuildDecisions(input), ...sentences];
}

type Sentence = (input: SourcePlanInput) => string | undefined;

const missingTools: Sentence = (input) => {
  const tools = toolsForCloud(input);
  if (tools.length === 0) return undefined;
  const names = tools.map((tool) => buildTools[tool].label).join(', ');
  return `For the link to the Cloud a build needs what is not here and cannot be installed: ${names}. What fails without it is left out; with --require-cloud nothing is begun.`;
};

// The advice is that of seeds/002, "older distributions".
const oldOpenssl: Sentence = ({ options, facts: { opensslVersion } }) => {
  if (options.cloud === 'disable' || opensslVersion === undefined || !lacksHostnameValidation(opensslVersion)) return undefined;
  return `OpenSSL ${opensslVersion} of this system cannot validate host names: the agent would connect with hostname verification disabled. The static build brings an OpenSSL that can.`;
};

const whoCompiles: Sentence = ({ facts: { builders, privileges } }) => {
  if (!privileges.isRoot) return undefined;
  if (builders !== undefined)
    return `Compilers run as users ${builders[0]?.userId} to ${builders.at(-1)?.userId}, one for each build, who are nobody and own nothing here, not as root.`;
  return 'Compilers run as root: here is no other user who can reach the work directory, and whom nobody else is.';
};
