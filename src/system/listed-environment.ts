export type Environment = Readonly<Record<string, string | undefined>>;

/** What every program gets of the environment kickstart was started with: what it needs to find programs, its home and a proxy. */
export function listedEnvironment(environment: Environment): Record<string, string> {
  const passed = passedVariables.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  const path = [...(environment.PATH || '/usr/local/bin:/usr/bin:/bin').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return { ...Object.fromEntries(passed), PATH: [...new Set(path)].join(':'), LC_ALL: 'C' };
}

/** What a program of another user gets of it: that user sees its environment, and a proxy may have a password. */
export function withoutProxies(listed: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(listed).filter(([name]) => !/_proxy$/i.test(name)));
}

/**
 * What a process that stays gets of it: a proxy without user and password only. Who may see such a process later is not who started it, and a
 * password that was given to kickstart for its own requests is not its to hand on.
 */
export function lastingEnvironment(listed: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(listed).filter(([name, value]) => !(/_proxy$/i.test(name) && value.includes('@'))));
}

const passedVariables: readonly string[] = [
  'HOME',
  'TMPDIR',
  ...['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
];
