import { KickstartError } from '../errors.ts';
import { HttpFailure, type ReadableSystem, shownUrl } from '../system/system.ts';
import { askPatiently } from './fetch/retries.ts';
import { readPins } from './release-pins.ts';
import { isWebPage, refusalOf, type ServerAnswer } from './server-refusal.ts';

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
 * Throws RELEASE_UNREACHABLE, RELEASE_BUSY, RELEASE_LOGIN_PAGE, RELEASE_INVALID, VERIFY_CHECKSUM. Source: spec/kickstart-behaviour.md 6.1, 7.1, 8.2.
 */
export async function gatherReleases(server: ReleaseServer, system: ReadableSystem): Promise<Releases> {
  try {
    return { agent: await gatherAgent(server, system) };
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw unreachable(server.releaseUrl, error);
  }
}

async function gatherAgent(server: ReleaseServer, system: ReadableSystem): Promise<AgentRelease> {
  const { releaseUrl, ...trust } = server;
  const { tag, base } = await newestRelease(server, system);
  const fileName = `netdata-${tag}.tar.gz`;
  const sumsUrl = `${base}/download/${tag}/sha256sums.txt`;
  const sums = await askPatiently(() => system.get({ url: sumsUrl, ...trust }), system);
  if (sums.status !== 200 || isWebPage(sums)) throw whyNot(sums, sumsUrl, releaseUrl, system);
  const sha256 = checksumOf(fileName, sums.body, { sumsUrl, releaseUrl });
  const url = `${base}/download/${tag}/${fileName}`;
  const archive = await askPatiently(() => archiveAt({ url, ...trust }, system), system);
  if (archive.read === undefined) throw whyNot(archive, url, releaseUrl, system);
  const { actual, pinned } = archive.read;
  if (actual !== sha256 && isWebPage(archive)) throw loginPage(url, releaseUrl);
  if (actual !== sha256) throw mismatch(url, sha256, actual);
  if ('why' in pinned) throw invalid(releaseUrl, `${url}: ${pinned.why}`);
  return { tag, version: tag.slice(1), url, sha256, pinned: pinned.sources };
}

interface NewestRelease {
  tag: string;
  /** Of the repository that has it: what comes before /tag/ and /download/. */
  base: string;
}

/** /latest leads to the page of the newest release, which ends in /tag/VERSION; that of a repository that has moved leads to the /latest of the new one. */
async function newestRelease({ releaseUrl, ...trust }: ReleaseServer, system: ReadableSystem): Promise<NewestRelease> {
  let url = `${releaseUrl}/latest`;
  for (let redirects = 0; redirects < mostRedirects; redirects += 1) {
    const asked = url;
    const answer = await askPatiently(() => system.get({ url: asked, redirects: 'return', ...trust }), system);
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status > 399 || location === undefined) throw whyNot(answer, asked, releaseUrl, system);
    const to = targetOf(location, asked, releaseUrl);
    const [, before, tag] = /^(.*?)\/(?:tag\/)?(v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)\/?$/.exec(to.pathname) ?? [];
    if (tag !== undefined) return { tag, base: to.pathname.includes(`/tag/${tag}`) ? `${to.origin}${before}` : releaseUrl };
    url = to.href;
  }
  throw invalid(
    releaseUrl,
    `${releaseUrl}/latest leads on and on: none of ${mostRedirects} redirects ends in a version such as /tag/v1.31.0. The last one leads to ${shownUrl(url)}.`,
  );
}

function targetOf(location: string, asked: string, releaseUrl: string): URL {
  const to = URL.canParse(location, asked) ? new URL(location, asked) : undefined;
  if (to === undefined || !/^https?:$/.test(to.protocol)) {
    throw invalid(releaseUrl, `${shownUrl(asked)} leads to ${shownUrl(location)}, which is not a URL that can be asked.`);
  }
  if (to.protocol === 'https:' || asked.startsWith('http:')) return to;
  throw invalid(
    releaseUrl,
    `${shownUrl(asked)} leads to ${shownUrl(to.href)}, which gives up the secure connection.`,
    `If that server is the right one, name it yourself: --release-url ${shownUrl(to.href).replace(/\/(latest|tag)(\/.*)?$/, '')}`,
  );
}

/** The archive is read to its end, so that one whose connection breaks is asked for again. */
async function archiveAt(request: { url: string; caFile?: string }, system: ReadableSystem) {
  const { status, headers, body } = await system.openDownload(request);
  return { status, headers, ...(status === 200 && { read: await readPins(body) }) };
}

/** Lines of sha256sum: "<hex> *./<name>" or "<hex>  <name>". */
function checksumOf(fileName: string, text: string, { sumsUrl, releaseUrl }: { sumsUrl: string; releaseUrl: string }): string {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => /^([0-9a-f]{64})[ \t]+\*?(?:\.\/)?(\S+)\s*$/i.exec(line));
  const line = lines.find((match) => match?.[2] === fileName);
  if (line?.[1] === undefined) throw invalid(releaseUrl, `${sumsUrl} has no checksum of ${fileName}.`);
  return line[1].toLowerCase();
}

/** What an answer is that is neither the file nor the redirect that was asked for. */
function whyNot(answer: ServerAnswer, url: string, releaseUrl: string, system: ReadableSystem): KickstartError {
  const refusal = refusalOf(answer, system.now());
  if (refusal === undefined && isWebPage(answer)) return loginPage(url, releaseUrl);
  if (refusal === undefined) return invalid(releaseUrl, `${shownUrl(url)} answers with status ${answer.status}.`);
  const { kind, why, waitMilliseconds } = refusal;
  const said = why.replace(/^It/, shownUrl(url));
  if (kind === 'login-page') return loginPage(url, releaseUrl, said);
  if (kind !== 'busy') return invalid(releaseUrl, said, adviceFor[kind]);
  return new KickstartError('RELEASE_BUSY', {
    what: `The release server ${releaseUrl} does not serve this machine now.`,
    why: said,
    next: `Try again ${waitMilliseconds === undefined ? 'in some minutes' : whenAgain(waitMilliseconds, system.now())}, or name a mirror with --release-url URL.`,
  });
}

function whenAgain(waitMilliseconds: number, now: number): string {
  const at = new Date(now + waitMilliseconds).toISOString();
  return `in ${Math.ceil(waitMilliseconds / 1000)} s (at ${at.slice(0, 10)} ${at.slice(11, 19)} UTC)`;
}

const layoutAdvice = 'Check the release URL; it must be laid out like the /releases of a GitHub repository.';

const adviceFor = {
  'proxy-login': 'Give the proxy with its login: https_proxy=http://USER:PASSWORD@HOST:PORT. Then run kickstart again.',
  forbidden: `Ask whoever runs this server or a proxy before it for access, or name a mirror with --release-url URL. ${layoutAdvice}`,
  missing: layoutAdvice,
  other: layoutAdvice,
} as const;

function invalid(releaseUrl: string, why: string, next: string = layoutAdvice): KickstartError {
  return new KickstartError('RELEASE_INVALID', {
    what: `The server ${releaseUrl} has no usable release of the agent.`,
    why,
    next,
  });
}

function loginPage(url: string, releaseUrl: string, said = `${shownUrl(url)} answers with a web page.`): KickstartError {
  return new KickstartError('RELEASE_LOGIN_PAGE', {
    what: `A web page answers in the place of the release server ${releaseUrl}.`,
    why: `${said} Networks do so that want a login first.`,
    next: `Log in to the network: open http://${new URL(url).host}/ in a browser there. If it wants no login, check the release URL; it must be laid out like the /releases of a GitHub repository.`,
  });
}

function unreachable(releaseUrl: string, failure: HttpFailure): KickstartError {
  return new KickstartError('RELEASE_UNREACHABLE', {
    what: `The release server ${releaseUrl} did not answer.`,
    why: `${failure.message}.`,
    next: `${failureAdvice[failure.reason] ?? 'Check the release URL, the network, the proxy and the firewall'}, and run kickstart again.`,
    cause: failure,
  });
}

const failureAdvice: Readonly<Partial<Record<HttpFailure['reason'], string>>> = {
  'name-not-found': 'Check the host name in the release URL and the name servers in /etc/resolv.conf',
  'tls-untrusted': 'If the server or a proxy before it has a CA of its own, name the certificate of that CA with --ca-file FILE',
  'tls-expired': 'Check the clock of this machine (date), then the certificate of the server',
  'proxy-unreachable': 'Check the proxy in $https_proxy, $http_proxy and $all_proxy; $no_proxy has the hosts that need none',
  'proxy-login': 'Give the proxy with its login, as https_proxy=http://USER:PASSWORD@HOST:PORT',
  'proxy-refused': 'Ask whoever runs the proxy to allow this server, or name a mirror with --release-url URL',
};

function mismatch(url: string, expected: string, actual: string): KickstartError {
  return new KickstartError('VERIFY_CHECKSUM', {
    what: `${url} is not the file that its checksum names.`,
    why: `Its SHA-256 should be ${expected}, and is ${actual}.`,
    next: 'Nothing of it was used. Something between this machine and the server may have changed it; if not, report it to whoever runs the server.',
  });
}

const mostRedirects = 5;
