/** How an agent of this version is claimed. Source: spec/claiming-and-link.md 10. */
export type AgentGeneration = 'claim.d' | 'cloud.d' | 'claim.conf';

/** `version` is semver: a candidate of 2.0.0 is claimed as 2.0.0 is. */
export function agentGeneration(version: string): AgentGeneration {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major >= 2) return 'claim.conf';
  return major === 1 && minor >= 22 ? 'cloud.d' : 'claim.d';
}
/**
 * The version in what an agent or a package manager says → semver: "netdata v1.37.1" → "1.37.1", Debian's "1:1.37.1-2+b1" → "1.37.1".
 * A nightly is later than the release it is named after, "v2.9.0-123-nightly" → "2.9.0+123": semver takes any "-123" for earlier.
 */
export function parseAgentVersion(text: string): string | undefined {
  const found = /(?<![\d.])(\d+)\.(\d+)(?:\.(\d+))?(?:-(rc\d+)\b|-(\d+)-[a-z])?/.exec(text);
  if (!found) return undefined;
  const [, major, minor, patch = '0', candidate, commits] = found;
  const suffix = candidate ? `-${candidate}` : commits ? `+${commits}` : '';
  return `${major}.${minor}.${patch}${suffix}`;
}
