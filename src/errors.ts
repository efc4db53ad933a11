/** What the machine is like when a run ends; the exit status says just this. `exit-status.ts` has the numbers. */
export type MachineState = 'fault' | 'usage' | 'refused' | 'failed' | 'not-claimed';

interface ErrorCodeRow {
  /** The state this error leads to, before the engine knows whether the undo worked. */
  state: MachineState;
  /** The reference script's code for the same reason, because people search for it. Source: spec/kickstart-behaviour.md 2.2. */
  upstream?: string;
  meaning: string;
  /** What was said while building stays after this failure, though all else is taken back. */
  keepsLogs?: true;
}

/** Every code there is. Codes are words, never reused; a code that goes out of use stays here, marked so. */
export const errorCodes = {
  USAGE_UNKNOWN_OPTION: { state: 'usage', upstream: 'F050E', meaning: 'The command line has an option kickstart does not know.' },
  USAGE_MISSING_VALUE: { state: 'usage', meaning: 'An option that needs a value has none.' },
  USAGE_INVALID_VALUE: { state: 'usage', upstream: 'F0204', meaning: 'An option has a value it cannot have.' },
  USAGE_CONFLICT: { state: 'usage', upstream: 'F0204', meaning: 'Two options contradict each other, or one needs another.' },
  USAGE_NO_WORKING_DIRECTORY: { state: 'usage', meaning: 'A relative path is given, and the working directory is gone.' },
  USAGE_CLAIM_TOKEN_MISSING: { state: 'usage', upstream: 'F0202', meaning: 'A claim is asked for, and there is no token.' },
  OPTION_UNAVAILABLE: {
    state: 'refused',
    meaning: 'An option of the reference script asks for what this version of kickstart cannot do.',
  },
  USAGE_UNKNOWN_COMMAND: { state: 'usage', meaning: 'The first word is not a command of kickstart.' },

  HOST_UNSUPPORTED_SYSTEM: { state: 'refused', upstream: 'F0200', meaning: 'kickstart does not work on this operating system.' },
  HOST_NO_ROOT: { state: 'refused', upstream: 'F0201', meaning: 'The change needs root, and there is no way to become root.' },
  HOST_CONTAINER: { state: 'refused', upstream: 'F0203', meaning: 'This is an agent container: its image is its life cycle.' },
  HOST_DIRECTORY_UNUSABLE: {
    state: 'refused',
    meaning: 'A directory that kickstart needs cannot be made or written, or programs cannot run in it.',
  },
  HOST_PREFIX_UNWRITABLE: { state: 'refused', meaning: 'The agent cannot be installed at the prefix: it cannot be written.' },
  HOST_PREFIX_UNTRUSTED: {
    state: 'refused',
    meaning: 'Others than root can change the programs of the agent, so root does not run them.',
  },
  HOST_PREFIX_UNBUILDABLE: { state: 'refused', meaning: 'A path has a character in it that a build cannot take.' },
  HOST_PROGRAM_MISSING: { state: 'refused', meaning: 'A program that kickstart.sh needs to start kickstart is not here.' },
  HOST_NO_TEMPORARY_DIRECTORY: {
    state: 'refused',
    upstream: 'F0400',
    meaning: 'No directory for temporary files can be written and run programs.',
  },
  HOST_PATH_TAKEN: { state: 'refused', meaning: 'Something of another kind is where a file or a directory must be.' },
  HOST_ACCOUNT_MISSING: { state: 'failed', meaning: 'The user that a file or a process is to belong to does not exist.' },
  HOST_BUSY: { state: 'refused', meaning: 'Another kickstart is working on the same installation.' },
  HOST_WRITE_FAILED: {
    state: 'failed',
    meaning: 'A file could not be written: no right to, no room, or a file system that cannot be written.',
  },
  HOST_COMMAND_FAILED: { state: 'failed', meaning: 'A program of the system ended with an error.' },

  EXISTING_INSTALL_UNSUPPORTED: {
    state: 'refused',
    upstream: 'F0103',
    meaning: 'An agent is here that kickstart did not install.',
  },
  HOST_PORT_BUSY: { state: 'refused', meaning: 'Another program listens where the agent would.' },
  EXISTING_SERVICE: { state: 'refused', meaning: 'The service netdata of this machine is another agent.' },

  RELEASE_UNREACHABLE: { state: 'refused', upstream: 'F000B', meaning: 'The release server could not be reached.' },
  RELEASE_INVALID: { state: 'refused', meaning: 'The release server answered something that is not a release.' },
  RELEASE_BUSY: { state: 'refused', meaning: 'The release server does not serve this machine now, and may do so later.' },
  RELEASE_LOGIN_PAGE: { state: 'refused', meaning: 'A page for people answers in the place of the release server.' },
  FETCH_FAILED: { state: 'failed', meaning: 'A file could not be downloaded from any of its sources.' },
  VERIFY_CHECKSUM: { state: 'failed', upstream: 'F0005', meaning: 'A file is not the one that its checksum names.' },
  CACHE_DAMAGED: { state: 'failed', meaning: 'Something in the cache is not what its name and its manifest say.' },
  VERIFY_ARCHIVE_UNSAFE: { state: 'failed', meaning: 'An archive is damaged, or holds entries that would leave its directory.' },

  BUILD_TOOLS_MISSING: { state: 'refused', meaning: 'Programs or headers that a build needs are not here.' },
  BUILD_MEMORY_TOO_SMALL: { state: 'refused', meaning: 'A compiler needs more memory than this machine lets it use.' },
  BUILD_OPENSSL_OLD: { state: 'failed', meaning: 'The OpenSSL of this system cannot validate host names.' },
  BUILD_DEPENDENCY_FAILED: { state: 'failed', meaning: 'A library of the agent-cloud link could not be built.', keepsLogs: true },
  BUILD_AGENT_FAILED: {
    state: 'failed',
    upstream: 'F0007',
    meaning: 'The agent could not be built from its sources.',
    keepsLogs: true,
  },
  BUILD_CLOUD_REQUIRED: {
    state: 'failed',
    meaning: 'The agent was built without Cloud, and --require-cloud was given.',
    keepsLogs: true,
  },
  PACKAGE_INSTALL_FAILED: { state: 'failed', meaning: 'The package manager could not install what the build needs.' },
  SERVICE_STOPPED: { state: 'failed', meaning: 'A process stopped right after it was started, or did not become ready.' },
  SERVICE_NOT_ANSWERING: { state: 'failed', meaning: 'The agent runs, and does not answer on its port.' },

  CLAIM_NO_AGENT: { state: 'refused', meaning: 'A claim is asked for, and there is no agent here.' },
  CLAIM_WRONG_USER: { state: 'refused', upstream: '6', meaning: 'Only root, or the user that runs the agent, can claim it.' },
  CLAIM_STOP_AGENT_FIRST: {
    state: 'refused',
    upstream: '5',
    meaning: 'The claim takes effect only when the agent is started again, and kickstart cannot restart it.',
  },
  CLAIM_NOTHING_TO_RESTORE: { state: 'refused', meaning: 'No credentials are kept that could be given back to the agent.' },
  CLAIM_OTHERWISE: { state: 'refused', meaning: 'The agent has another claim than the one that was to come back.' },
  CLAIM_CLOUD_DISABLED: {
    state: 'refused',
    meaning: 'An administrator has switched the Cloud off in the settings of the agent.',
  },
  CLAIM_URL_UNREACHABLE: { state: 'refused', meaning: 'The Cloud cannot be reached at the claim URL.' },
  CLAIM_AGENT_WITHOUT_CLOUD: { state: 'not-claimed', meaning: 'This agent was built without Cloud and cannot be claimed.' },
  CLAIM_KEY_UNREADABLE: {
    state: 'not-claimed',
    upstream: '2',
    meaning: 'The private key of the node belongs to somebody else than its agent.',
  },
  CLAIM_MACHINE_GUID: { state: 'not-claimed', upstream: '18', meaning: 'The machine GUID cannot be read or written.' },
  CLAIM_UNREACHABLE: { state: 'not-claimed', upstream: '4', meaning: 'The claim request got no answer.' },
  CLAIM_ANSWER_UNKNOWN: { state: 'not-claimed', upstream: '7', meaning: 'The answer to the claim is none that the Cloud gives.' },
  CLAIM_NODE_ID_INVALID: { state: 'not-claimed', upstream: '8', meaning: 'The Cloud does not accept the node id.' },
  CLAIM_NODE_NAME_INVALID: { state: 'not-claimed', upstream: '9', meaning: 'The Cloud does not accept the host name.' },
  CLAIM_ROOM_INVALID: { state: 'not-claimed', upstream: '10', meaning: 'The Cloud does not know one of the rooms.' },
  CLAIM_PUBLIC_KEY_INVALID: { state: 'not-claimed', upstream: '11', meaning: 'The Cloud does not accept the public key.' },
  CLAIM_TOKEN_INVALID: { state: 'not-claimed', upstream: '12', meaning: 'The claim token is wrong, expired or revoked.' },
  CLAIM_ALREADY: { state: 'not-claimed', upstream: '13', meaning: 'The Cloud has this node already, under another claim.' },
  CLAIM_IN_PROGRESS: {
    state: 'not-claimed',
    upstream: '14',
    meaning: 'The Cloud is still working on an earlier claim of this node.',
  },
  CLAIM_CLOUD_ERROR: {
    state: 'not-claimed',
    upstream: '15',
    meaning: 'The Cloud has a fault of its own.',
  },
  CLAIM_NAME_NOT_FOUND: { state: 'not-claimed', upstream: '4', meaning: 'The name of the Cloud could not be resolved.' },
  CLAIM_CONNECTION_REFUSED: { state: 'not-claimed', upstream: '4', meaning: 'Nobody takes connections at the claim URL.' },
  CLAIM_CONNECT_TIMEOUT: { state: 'not-claimed', upstream: '4', meaning: 'There was no connection to the Cloud in time.' },
  CLAIM_TLS_UNTRUSTED: {
    state: 'not-claimed',
    upstream: '4',
    meaning: 'The certificate of the Cloud is signed by nobody that is trusted.',
  },
  CLAIM_TLS_WRONG_NAME: { state: 'not-claimed', upstream: '4', meaning: 'The certificate of the Cloud is for another name.' },
  CLAIM_TLS_EXPIRED: { state: 'not-claimed', upstream: '4', meaning: 'The certificate of the Cloud is not valid today.' },
  CLAIM_TLS_FAILED: { state: 'not-claimed', upstream: '4', meaning: 'There was no secure connection to the Cloud.' },
  CLAIM_PROXY_UNREACHABLE: { state: 'not-claimed', upstream: '4', meaning: 'The proxy for the claim cannot be reached.' },
  CLAIM_PROXY_LOGIN: {
    state: 'not-claimed',
    upstream: '4',
    meaning: 'The proxy for the claim does not accept the login, or wants one.',
  },
  CLAIM_PROXY_REFUSED: { state: 'not-claimed', upstream: '4', meaning: 'The proxy for the claim does not lead to the Cloud.' },
  CLAIM_ANSWER_MISSING: { state: 'not-claimed', upstream: '4', meaning: 'The claim was sent, and no answer came in time.' },
  CLAIM_ANSWER_EMPTY: {
    state: 'not-claimed',
    upstream: '4',
    meaning: 'The claim was sent, and the connection closed without an answer.',
  },
  CLAIM_ANSWER_CUT: { state: 'not-claimed', upstream: '4', meaning: 'The answer to the claim began, and did not end.' },
  CLAIM_ANSWER_TOO_LONG: {
    state: 'not-claimed',
    upstream: '7',
    meaning: 'The answer to the claim is longer than any that the Cloud gives.',
  },
  CLAIM_ANSWER_NOT_HTTP: { state: 'not-claimed', upstream: '4', meaning: 'What answers the claim does not speak HTTP.' },
  CLAIM_REDIRECTED: { state: 'not-claimed', upstream: '7', meaning: 'The answer to the claim leads to another place.' },
  CLAIM_LOGIN_PAGE: { state: 'not-claimed', upstream: '7', meaning: 'A page for people answers in the place of the Cloud.' },
  CLAIM_NOT_CONFIRMED: {
    state: 'not-claimed',
    upstream: '7',
    meaning: 'The answer is a success, but not the one that a claim has.',
  },
  CLAIM_DATA_REFUSED: {
    state: 'not-claimed',
    upstream: '7',
    meaning: 'The Cloud does not accept the claim, for a reason that kickstart does not know.',
  },
  CLAIM_TOO_MANY: {
    state: 'not-claimed',
    upstream: '7',
    meaning: 'The Cloud was asked too often, and wants to be left alone for a while.',
  },
  CLAIM_GATEWAY_TIMEOUT: { state: 'not-claimed', upstream: '16', meaning: 'A gateway before the Cloud ran out of time.' },
  CLAIM_CLOUD_UNAVAILABLE: { state: 'not-claimed', upstream: '17', meaning: 'The Cloud is not available.' },
  CLAIM_STATE_UNWRITABLE: {
    state: 'not-claimed',
    upstream: '2',
    meaning: 'The Cloud accepted the claim, and the agent cannot write it down.',
  },
  CLAIM_RESTART_NEEDED: {
    state: 'not-claimed',
    upstream: '5',
    meaning: 'The agent goes on with an earlier claim until it is restarted.',
  },
  CLAIM_STILL_THERE: { state: 'failed', meaning: 'The agent has no credentials any more, and still says that it is claimed.' },
  LINK_AGENT_STOPPED: { state: 'not-claimed', meaning: 'The agent does not run.' },
  LINK_AGENT_SILENT: { state: 'not-claimed', meaning: 'The agent does not answer on its port.' },
  LINK_AGENT_UNPROVEN: {
    state: 'not-claimed',
    meaning: 'What answers is another agent, or kickstart may not see whether it is this one.',
  },
  LINK_SETTINGS_UNREADABLE: { state: 'not-claimed', meaning: 'This user cannot read the settings of the agent.' },
  LINK_CLOUD_DISABLED: { state: 'not-claimed', meaning: 'Cloud is switched off in the agent.' },
  LINK_NOT_BUILT_IN: { state: 'not-claimed', meaning: 'The agent was built without the agent-cloud link.' },
  LINK_CREDENTIALS_UNREADABLE: { state: 'not-claimed', meaning: 'The agent cannot read the files of its claim.' },
  LINK_NOT_CLAIMED: { state: 'not-claimed', meaning: 'The agent says that it is not claimed.' },
  LINK_URL_INVALID: { state: 'not-claimed', meaning: 'The URL of the Cloud in the settings of the agent is none.' },
  LINK_PROXY_UNFIT: { state: 'not-claimed', meaning: 'The link of this version of the agent cannot use the proxy it is set to.' },
  LINK_NAME_NOT_FOUND: { state: 'not-claimed', meaning: 'The name of the Cloud cannot be resolved where the agent runs.' },
  LINK_PROXY_FAILED: { state: 'not-claimed', meaning: 'The proxy of the agent does not lead to the Cloud.' },
  LINK_CONNECTION_FAILED: { state: 'not-claimed', meaning: 'Nobody takes the connections of the link.' },
  LINK_TLS_FAILED: { state: 'not-claimed', meaning: 'The link of the agent does not trust the certificate of the Cloud.' },
  LINK_ENV_UNUSABLE: {
    state: 'not-claimed',
    meaning: 'The Cloud does not tell the agent where to go, or not so that it can use it.',
  },
  LINK_CHALLENGE_REFUSED: { state: 'not-claimed', meaning: 'The Cloud does not know the claim of the agent.' },
  LINK_KEY_WRONG: { state: 'not-claimed', meaning: 'The key of the agent is not the one that was claimed.' },
  LINK_WEBSOCKET_REFUSED: { state: 'not-claimed', meaning: 'WebSockets do not come through to the Cloud.' },
  LINK_BANNED: { state: 'not-claimed', meaning: 'The Cloud has banned the agent.' },
  LINK_NOT_ONLINE: {
    state: 'not-claimed',
    meaning: 'The agent did not come online in time, though all that its link needs seems to be there.',
  },

  CLOUD_DATA_UNUSABLE: {
    state: 'refused',
    meaning: 'What the local Cloud keeps is damaged, in use, full, or was written by a newer kickstart.',
  },

  RECEIPT_NONE: {
    state: 'refused',
    upstream: 'R0004',
    meaning: 'There is no receipt, so nothing that kickstart could take away.',
  },
  RECEIPT_UNREADABLE: { state: 'refused', meaning: 'The receipt is damaged, or was written by a newer kickstart.' },
  UNDO_INCOMPLETE: { state: 'failed', meaning: 'Some changes could not be taken back; the receipt lists them.' },
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof errorCodes;

interface Explanation {
  /** One sentence: what is wrong, with real paths and names. */
  what: string;
  /** One sentence: the cause, as far as it is known. */
  why: string;
  /** What to do now; a command that can be pasted where there is one. */
  next: string;
  cause?: unknown;
}

/** An error that a user can meet. Anything else that reaches the top is a fault of ours, and is reported as one. */
export class KickstartError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly next: string;

  constructor(code: ErrorCode, { what, why, next, cause }: Explanation) {
    super(`${what} ${why} ${next} ${code}`, cause === undefined ? undefined : { cause });
    this.name = 'KickstartError';
    this.code = code;
    this.what = what;
    this.why = why;
    this.next = next;
  }

  get state(): MachineState {
    return errorCodes[this.code].state;
  }

  get keepsLogs(): boolean {
    return 'keepsLogs' in errorCodes[this.code];
  }
}

export function isKickstartError(error: unknown, code?: ErrorCode): error is KickstartError {
  return error instanceof KickstartError && (code === undefined || error.code === code);
}
