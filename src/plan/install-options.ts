import type { ClaimProxy } from '../cloud/proxy.ts';
import type { Secret } from '../system/secret.ts';

export interface ClaimOptions {
  token: Secret;
  /** Where the token came from, when the command line does not say so: $NETDATA_CLAIM_TOKEN. */
  tokenFrom?: string;
  rooms: readonly string[];
  /** Base URL of the Cloud, without a trailing slash. */
  url: string;
  /** A private CA: the file the user named, and the certificates that were in it. */
  ca?: { file: string; pem: string };
  /** What the Cloud is to call the node: a UUID, lower case. Absent: the machine GUID. */
  id?: string;
  /** Claim under a new random id. */
  newId: boolean;
  /** What the Cloud shows. Absent: the machine's own name. */
  hostname?: string;
  /** Switch the Cloud on where an administrator has it off. */
  enable?: true;
  /** How the claim call goes out. */
  proxy: ClaimProxy;
  /** What the environment of kickstart sends a request to the Cloud through, without user and password. */
  environmentProxy?: { shown: string; hasCredentials: boolean };
  /** Write the proxy of the claim into the agent's own setting, too. */
  configureProxy: boolean;
  /** Do not look at the certificate of the claim call. */
  insecure: boolean;
  /** Whom the files of the claim belong to, instead of the user that the agent runs as. */
  user?: string;
  /** false: the agent is not told; it takes the claim up when it starts. */
  reload: boolean;
  /** false: the agent does not run, and need not hear of the claim. */
  daemonRuns: boolean;
  /** Say what is sent and answered, without secrets. */
  verbose: boolean;
  /** What has to be true before the claim counts as done. */
  wait: 'online' | 'claimed' | 'none';
  /** What a claim that failed leaves of the fresh install it is a part of. */
  onFailure: 'keep' | 'undo';
}

/** Why there is a claim, as a sentence, where the command line does not say so. */
export function becauseOf(tokenFrom: string): string {
  return `There is a claim because of ${tokenFrom}.`;
}

/** A claim without any wish of its own. */
export const plainClaim: Omit<ClaimOptions, 'token' | 'rooms' | 'url'> = {
  newId: false,
  proxy: { from: 'agent' },
  configureProxy: false,
  insecure: false,
  reload: true,
  daemonRuns: true,
  verbose: false,
  wait: 'online',
  onFailure: 'keep',
};

/** A word of the agent's own installer: --enable-WORD or --disable-WORD. */
export interface InstallerSwitch {
  word: string;
  isOn: boolean;
}

/** What the user has to say to the agent's own build. */
export interface OwnBuild {
  switches: readonly InstallerSwitch[];
  /** More words for the configure of agents up to 1.44… */
  configure: readonly string[];
  /** …and for the CMake of later ones. */
  cmake: readonly string[];
  /** Of the environment. */
  flags: Readonly<Partial<Record<CompilerFlags, string>>>;
}

export type CompilerFlags = 'CFLAGS' | 'CXXFLAGS' | 'LDFLAGS';

/** What the user wants, parsed and checked: below the edge nothing of it is checked again. Frozen. */
export interface InstallOptions {
  /** The agent's own root: `PREFIX/netdata` for --install PREFIX, and the empty string for an install into the system. */
  root: string;
  /** Base URL of the release server, laid out like a GitHub repository's /releases. */
  releaseUrl: string;
  /** detect: go on without Cloud when it cannot be had. */
  cloud: 'detect' | 'require' | 'disable';
  claim?: ClaimOptions;
  /** Claim the agent that is here, and never install or upgrade one. */
  claimOnly: boolean;
  /** Receipt, lock and backups of this install. */
  stateDirectory: string;
  /** Source archives and built libraries, by content. */
  cacheDirectory: string;
  /** The user named the cache directory, so what is put there is theirs and stays. */
  keepCache: boolean;
  /** Scratch space for building, to which each run adds its id; taken away at the end. Others can enter it: compilers run as a lesser user. */
  workDirectory: string;
  /** A directory with source archives, by their own names: looked at before any network. */
  bundleDirectory?: string;
  /** Serves source archives by their own names: asked before upstream. Without a trailing slash. */
  mirrorUrl?: string;
  /** Certificates (PEM) that are trusted beside the system's, for downloads and for the Cloud. */
  caFile?: string;
  /** The agent is to send no anonymous statistics. */
  disableTelemetry?: boolean;
  /** Take the system's own libraries, or install them, where the agent can use them. */
  useSystemLibraries: boolean;
  /** Absent: nothing. */
  ownBuild?: OwnBuild;
  /** How many compilers may run at once; absent: as many as cores and memory allow. */
  buildJobs?: number;
  /** What a failure leaves: `undo` takes the run back. */
  onFailure: 'undo' | 'keep';
  /** How long to wait for the agent to come online. */
  waitSeconds: number;
  /** That time is the usual one: an attempt that the agent has announced for soon after is waited for, too. */
  awaitsAttempt?: true;
  /** direct: the agent is a process that kickstart starts, not a service that starts with the machine. For rehearsals. */
  service: 'managed' | 'direct';
  /** Absent: kickstart is not put on PATH. */
  launcher?: Launcher;
  /** Why kickstart is not put on PATH, as a sentence. */
  noLauncher?: string;
}

/** What puts kickstart on PATH. */
export interface Launcher {
  /** Of the program that starts kickstart, for `launcherPath`. */
  text: string;
  /** always: what is there starts what is kept for this install, and is ours to renew. */
  when: 'always' | 'absent';
  /** The directory that the files of kickstart are in goes at the end of this run: they are kept there. */
  kept?: { from: string; to: string };
}

export const launcherPath = '/usr/local/bin/kickstart';
