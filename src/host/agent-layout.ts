/** Where an agent below one root has its programs, settings and state. Source: spec/kickstart-behaviour.md 4.2 and 7.7. */
export interface AgentLayout {
  netdata: string;
  netdatacli: string;
  /** Where the claiming script may be. */
  claimScripts: readonly string[];
  configurationDirectory: string;
  /** netdata.conf */
  configurationFile: string;
  /** The certificates of a private CA of the Cloud, which kickstart keeps for the agent. */
  privateCaFile: string;
  installTypeFile: string;
  environmentFile: string;
  libraryDirectory: string;
  cacheDirectory: string;
  logDirectory: string;
  runDirectory: string;
  pidFile: string;
}

/** `root` is the empty string for an agent of the system, else an absolute path without a trailing slash. */
export function agentLayout(root: string): AgentLayout {
  const programDirectory = `${root}/usr/sbin`;
  const configurationDirectory = `${root}/etc/netdata`;
  const runDirectory = root === '' ? '/run/netdata' : `${root}/var/run/netdata`;
  return {
    netdata: `${programDirectory}/netdata`,
    netdatacli: `${programDirectory}/netdatacli`,
    claimScripts: [`${programDirectory}/netdata-claim.sh`, `${root}/bin/netdata-claim.sh`],
    configurationDirectory,
    configurationFile: `${configurationDirectory}/netdata.conf`,
    privateCaFile: `${configurationDirectory}/cloud-ca.pem`,
    installTypeFile: `${configurationDirectory}/.install-type`,
    environmentFile: `${configurationDirectory}/.environment`,
    libraryDirectory: `${root}/var/lib/netdata`,
    cacheDirectory: `${root}/var/cache/netdata`,
    logDirectory: `${root}/var/log/netdata`,
    runDirectory,
    pidFile: `${runDirectory}/netdata.pid`,
  };
}

/**
 * The root of the agent with this program: "/x/usr/sbin/netdata" → "/x", "/opt/netdata/bin/netdata" and the program that it starts,
 * "/opt/netdata/bin/srv/netdata" → "/opt/netdata", "/usr/sbin/netdata" → the empty string.
 */
export function rootOfProgram(program: string): string {
  return program.replace(/(\/usr)?\/s?bin(\/srv)?\/netdata$/, '');
}

/** The option that names this root, with a blank before it, or that there is to be none; undefined for a root that none names. */
export function installOptionFor(root: string): string | undefined {
  if (root === '') return ' (without --install)';
  return root.endsWith('/netdata') ? ` --install ${root.slice(0, -'/netdata'.length) || '/'}` : undefined;
}

/** The root that `--install PREFIX` means: "/usr/local/" → "/usr/local/netdata". */
export function rootForPrefix(prefix: string): string {
  return `${prefix.replace(/\/+$/, '')}/netdata`;
}
