import { KickstartError } from '../errors.ts';
import { type HttpAnswer, HttpFailure, type ReadableSystem } from '../system/system.ts';
import { readPins } from './release-pins.ts';

/** One third-party source archive that the agent's source tree pins in `packaging/<name>.version` and `.checksums`. */
export interface PinnedSource {
  /** The name used in packaging/: mosquitto, libwebsockets, jsonc. */
  component: string;
  version: string;
  /** The archive's file name in the .checksums file. */
  fileName: string;
  /** 64 hex digits, lower case. */
  sha256: string;
}

/** An agent's source release, with what its own tree pins. */
export interface AgentRelease {
  /** With the leading v, as the tag: "v1.31.0". */
  tag: string;
  /** semver without the v. */
  version: string;
  url: string;
  sha256: string;
  pinned: readonly PinnedSource[];
}

/** What can be had. Plain JSON. */
export interface Releases {
  agent: AgentRelease;
}

interface ReleaseServer {
  /** Laid out like a GitHub repository's /releases; without a trailing slash. */
  releaseUrl: string;
  /** Certificates that are trusted beside the system's. */
  caFile?: string;
}

/**
 * Asks the release server for its newest agent, and reads in its source archive what that agent pins. Writes nothing.
 * Throws RELEASE_UNREACHABLE, RELEASE_INVALID, VERIFY_CHECKSUM. Source: spec/kickstart-behaviour.md 6.1, 7.1, 8.2.
 */
export async function gatherReleases(server: ReleaseServer, system: ReadableSystem): Promise<Releases> {
  try {
    return { agent: await gatherAgent(server, system) };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new KickstartError('RELEASE_UNREACHABLE', {
      what: `The release server ${server.releaseUrl} did not answer.`,
      why: `${error.message}.`,
      next: 'Check the release URL, the network, the proxy and the firewall, and run kickstart again.',
      cause: error,
    });
  }
}

async function gatherAgent({ releaseUrl, ...trust }: ReleaseServer, system: ReadableSystem): Promise<AgentRelease> {
  const latest = await system.get({ url: `${releaseUrl}/latest`, redirects: 'return', ...trust });
  const tag = tagOf(latest, releaseUrl);
  const fileName = `netdata-${tag}.tar.gz`;
  const url = `${releaseUrl}/download/${tag}/${fileName}`;
  const sums = await system.get({ url: `${releaseUrl}/download/${tag}/sha256sums.txt`, ...trust });
  const sha256 = checksumOf(fileName, sums, releaseUrl);
  const archive = await system.openDownload({ url, ...trust });
  if (archive.status !== 200) throw invalid(releaseUrl, `${url} answers with status ${archive.status}.`);
  const { actual, pinned } = await readPins(archive.body);
  if (actual !== sha256) throw mismatch(url, sha256, actual);
  if ('why' in pinned) throw invalid(releaseUrl, `${url}: ${pinned.why}`);
  return { tag, version: tag.slice(1), url, sha256, pinned: pinned.sources };
}

/** /latest leads to the page of the newest release, whose last path element is the tag. */
function tagOf({ status, headers, url }: HttpAnswer, releaseUrl: string): string {
  const { location } = headers;
  if (status < 300 || status > 399 || location === undefined) {
    throw invalid(releaseUrl, `${releaseUrl}/latest does not lead to a release: it answers with status ${status}.`);
  }
  const path = URL.canParse(location, url) ? new URL(location, url).pathname : location;
  const tag = path.split('/').findLast((name) => name !== '') ?? '';
  if (/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(tag)) return tag;
  throw invalid(releaseUrl, `${releaseUrl}/latest leads to ${location}, which does not end in a version such as v1.31.0.`);
}

/** Lines of sha256sum: "<hex> *./<name>" or "<hex>  <name>". */
function checksumOf(fileName: string, { status, body, url }: HttpAnswer, releaseUrl: string): string {
  if (status !== 200) throw invalid(releaseUrl, `${url} answers with status ${status}.`);
  const lines = body.split('\n').map((line) => /^([0-9a-f]{64}) [ *](?:\.\/)?(\S+)\s*$/i.exec(line));
  const line = lines.find((match) => match?.[2] === fileName);
  if (line?.[1] === undefined) throw invalid(releaseUrl, `${url} has no checksum of ${fileName}.`);
  return line[1].toLowerCase();
}

function invalid(releaseUrl: string, why: string): KickstartError {
  return new KickstartError('RELEASE_INVALID', {
    what: `The server ${releaseUrl} has no usable release of the agent.`,
    why,
    next: 'Check the release URL; it must be laid out like the /releases of a GitHub repository.',
  });
}

function mismatch(url: string, expected: string, actual: string): KickstartError {
  return new KickstartError('VERIFY_CHECKSUM', {
    what: `${url} is not the file that its checksum names.`,
    why: `Its SHA-256 should be ${expected}, and is ${actual}.`,
    next: 'Nothing of it was used. Something between this machine and the server may have changed it; if not, report it to whoever runs the server.',
  });
}
