import { claimOptionTable } from './claim-option-table.ts';

/** One row per option: parsing, defaults, environment and --help all come from here. */
export interface OptionRow {
  /** The value's name in --help; absent for a switch. */
  value?: string;
  help: string;
  /** The word that follows is the value, also when it looks like an option. */
  mayBeginWithDashes?: true;
  /** Read when the option is not given. */
  environment?: string;
  default?: string;
  /** An empty value, as templates leave it, counts as none: without it kickstart does the usual. For the others that would be another thing than was meant. */
  emptyIsNone?: true;
  commands: readonly CommandName[];
}

export type CommandName = 'install' | 'claim' | 'unclaim' | 'status' | 'uninstall' | 'rehearse' | 'cloud' | 'cache';

export const commandHelp: Readonly<Record<CommandName, string>> = {
  install: 'install the agent, claim it, and prove that it is online (this is the default: the word can be left out)',
  claim: 'claim the agent that is here, and prove that it is online; never installs or upgrades',
  unclaim: 'take the credentials of the node away, so that its link goes down now; --restore gives them back',
  status: 'say what the agent, its claim and its link are, and the first thing that is wrong; changes nothing',
  uninstall: 'take away all that kickstart installed, by its receipt',
  rehearse: 'do the whole job against a local Cloud, below a throw-away prefix, and take it away again',
  cloud: 'run the local stand-in Cloud until it is stopped',
  cache: 'cache list, cache verify, cache prune: look at what is kept, hash it again, remove what no install uses',
};

/** The word that has to follow a command. */
export const commandActions: Readonly<Partial<Record<CommandName, readonly string[]>>> = { cache: ['list', 'verify', 'prune'] };

export const optionTable = {
  install: {
    value: 'PREFIX',
    help: 'install below PREFIX/netdata instead of into the system; names the install for uninstall, too',
    commands: ['install', 'claim', 'unclaim', 'status', 'uninstall'],
  },
  'build-only': { help: 'build the agent from its sources (the only method of this version)', commands: ['install'] },
  ...claimOptionTable,
  'ca-file': {
    value: 'FILE',
    help: "certificates (PEM) to trust beside the system's: of the private CA of the Cloud, the release server or a proxy",
    emptyIsNone: true,
    commands: ['install', 'claim'],
  },
  'require-cloud': { help: 'fail when the agent cannot be built with Cloud', commands: ['install'] },
  'disable-cloud': { help: 'build the agent without Cloud; no library for it is fetched', commands: ['install'] },
  'release-url': {
    value: 'URL',
    help: "release server, laid out like a GitHub repository's /releases",
    environment: 'NETDATA_TARBALL_BASEURL',
    default: 'https://github.com/netdata/netdata/releases',
    emptyIsNone: true,
    commands: ['install'],
  },
  'release-channel': {
    value: 'CHANNEL',
    help: "stable or nightly: which releases of Netdata's own server; --release-url names another server",
    default: 'stable',
    emptyIsNone: true,
    commands: ['install'],
  },
  'disable-telemetry': {
    help: 'switch the anonymous statistics of the agent off ($DISABLE_TELEMETRY, $DO_NOT_TRACK); kickstart itself sends none',
    commands: ['install'],
  },
  bundle: {
    value: 'DIRECTORY',
    help: 'look here for source archives, by their own names, before any network; checksums decide',
    emptyIsNone: true,
    commands: ['install'],
  },
  mirror: {
    value: 'URL',
    help: 'ask URL/NAME for source archives before their own servers; checksums decide',
    emptyIsNone: true,
    commands: ['install'],
  },
  'use-system-libs': {
    help: "use the system's own libraries where the agent can, and install them when they are not there",
    commands: ['install'],
  },
  'local-build-options': {
    value: 'WORDS',
    mayBeginWithDashes: true,
    emptyIsNone: true,
    help: 'words for the agent\'s own build, such as "--disable-ebpf --enable-lto", or -D… for CMake',
    commands: ['install'],
  },
  'build-jobs': {
    value: 'N',
    help: 'compile N files at once (the environment: -jN); usually as many as cores and memory allow',
    environment: 'MAKEOPTS',
    emptyIsNone: true,
    commands: ['install', 'rehearse'],
  },
  'dry-run': { help: 'show the plan, and change nothing', commands: ['install', 'claim', 'unclaim', 'uninstall'] },
  'keep-on-failure': {
    help: 'leave what was done when the run fails; uninstall takes it away',
    commands: ['install', 'rehearse'],
  },
  'wait-seconds': {
    value: 'N',
    help: 'how long to wait for the agent to come online, or to say that it is claimed; when not given, also for a try that it announces',
    default: '60',
    emptyIsNone: true,
    commands: ['install', 'claim', 'unclaim', 'rehearse'],
  },
  'cache-directory': {
    value: 'DIRECTORY',
    help: 'keep source archives and built libraries here, also after uninstall',
    emptyIsNone: true,
    commands: ['install', 'rehearse', 'cache'],
  },
  'work-directory': {
    value: 'DIRECTORY',
    help: 'build here, where programs may run and nobody else can write; usually below /var/cache/kickstart or ~/.cache/kickstart',
    emptyIsNone: true,
    commands: ['install', 'rehearse'],
  },
  'state-directory': {
    value: 'DIRECTORY',
    help: 'where the receipt is; default: one for each prefix below /var/lib/kickstart (root) or ~/.local/state/kickstart',
    commands: ['install', 'claim', 'unclaim', 'status', 'uninstall'],
  },
  json: {
    help: 'print events as JSON lines, and a result as the last one',
    commands: ['install', 'claim', 'unclaim', 'status', 'uninstall', 'rehearse', 'cloud', 'cache'],
  },
  restore: { help: 'give the agent back what the last unclaim has taken', commands: ['unclaim'] },
  keep: { help: 'leave the rehearsal as it is, and say how to look at it and remove it', commands: ['rehearse'] },
  listen: { value: 'ADDRESS:PORT', help: 'where the Cloud listens', default: '127.0.0.1:8443', commands: ['cloud'] },
  data: {
    value: 'DIRECTORY',
    help: "the Cloud's own CA, spaces and nodes; made when it is not there",
    default: './kickstart-cloud',
    commands: ['cloud'],
  },
  'tls-cert': {
    value: 'FILE',
    help: 'certificate (PEM) that the Cloud shows instead of one of its own CA; needs --tls-key',
    commands: ['cloud'],
  },
  'tls-key': { value: 'FILE', help: 'the key of that certificate (PEM, not encrypted)', commands: ['cloud'] },
  scenario: {
    value: 'FILE',
    help: 'let the Cloud misbehave: a JSON list of steps such as {"endpoint": "env", "status": 503, "times": 3}',
    commands: ['cloud'],
  },
  'ready-file': { value: 'FILE', help: 'write the URL of the Cloud here once it listens', commands: ['cloud'] },
  help: {
    help: 'say what can be said to kickstart',
    commands: ['install', 'claim', 'unclaim', 'status', 'uninstall', 'rehearse', 'cloud', 'cache'],
  },
  version: {
    help: 'say which kickstart this is',
    commands: ['install', 'claim', 'unclaim', 'status', 'uninstall', 'rehearse', 'cloud', 'cache'],
  },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof optionTable;
