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

const passedVariables: readonly string[] = [
  'HOME',
  'TMPDIR',
  ...['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
];
