/** Where an agent below one root has its programs, settings and state. Source: spec/kickstart-behaviour.md 4.2 and 7.7. */
export interface AgentLayout {
  root: string;
  programDirectory: string;
  netdata: string;
  netdatacli: string;
  claimScript: string;
  configurationDirectory: string;
  /** netdata.conf */
  configurationFile: string;
  /** claim.conf, which agents of 2.x read. */
  claimConfigurationFile: string;
  installTypeFile: string;
  environmentFile: string;
  libraryDirectory: string;
  cloudDirectory: string;
  cloudConfigurationFile: string;
  registryFile: string;
  cacheDirectory: string;
  logDirectory: string;
  runDirectory: string;
  pidFile: string;
}

/** `root` is the empty string for an agent of the system, else an absolute path without a trailing slash. */
export function agentLayout(root: string): AgentLayout {
  const programDirectory = `${root}/usr/sbin`;
  const configurationDirectory = `${root}/etc/netdata`;
  const libraryDirectory = `${root}/var/lib/netdata`;
  const cloudDirectory = `${libraryDirectory}/cloud.d`;
  const runDirectory = root === '' ? '/run/netdata' : `${root}/var/run/netdata`;
  return {
    root,
    programDirectory,
    netdata: `${programDirectory}/netdata`,
    netdatacli: `${programDirectory}/netdatacli`,
    claimScript: `${programDirectory}/netdata-claim.sh`,
    configurationDirectory,
    configurationFile: `${configurationDirectory}/netdata.conf`,
    claimConfigurationFile: `${configurationDirectory}/claim.conf`,
    installTypeFile: `${configurationDirectory}/.install-type`,
    environmentFile: `${configurationDirectory}/.environment`,
    libraryDirectory,
    cloudDirectory,
    cloudConfigurationFile: `${cloudDirectory}/cloud.conf`,
    registryFile: `${libraryDirectory}/registry/netdata.public.unique.id`,
    cacheDirectory: `${root}/var/cache/netdata`,
    logDirectory: `${root}/var/log/netdata`,
    runDirectory,
    pidFile: `${runDirectory}/netdata.pid`,
  };
}

/** The root that `--install PREFIX` means: "/usr/local/" → "/usr/local/netdata". */
export function rootForPrefix(prefix: string): string {
  return `${prefix.replace(/\/+$/, '')}/netdata`;
}
