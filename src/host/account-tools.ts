/** Programs that create and remove accounts, by the name of the one that is looked for. Arguments are whole command lines. */
export interface AccountTools {
  addGroup(group: string): readonly string[];
  addUser(user: NewUser): readonly string[];
  removeUser(user: string): readonly string[];
  removeGroup(group: string): readonly string[];
  joinGroup(user: string, group: string): readonly string[];
  leaveGroup(user: string, group: string): readonly string[];
}

export interface NewUser {
  user: string;
  group: string;
  home: string;
  shell: string;
}

/** In the order in which they are looked for: Debian has an adduser too, with other options than busybox's, beside its useradd. */
export const accountTools: Readonly<Record<'useradd' | 'pw' | 'adduser', AccountTools>> = {
  useradd: {
    addGroup: (group) => ['groupadd', '--system', group],
    addUser: ({ user, group, home, shell }) => [
      'useradd',
      ...['--system', '--gid', group, '--no-create-home', '--home-dir', home, '--shell', shell, user],
    ],
    removeUser: (user) => ['userdel', user],
    removeGroup: (group) => ['groupdel', group],
    joinGroup: (user, group) => ['usermod', '--append', '--groups', group, user],
    leaveGroup: (user, group) => ['gpasswd', '--delete', user, group],
  },
  // FreeBSD; source: pw(8).
  pw: {
    addGroup: (group) => ['pw', 'groupadd', group],
    addUser: ({ user, group, home, shell }) => ['pw', 'useradd', user, '-g', group, '-d', home, '-s', shell],
    removeUser: (user) => ['pw', 'userdel', user],
    removeGroup: (group) => ['pw', 'groupdel', group],
    joinGroup: (user, group) => ['pw', 'groupmod', group, '-m', user],
    leaveGroup: (user, group) => ['pw', 'groupmod', group, '-d', user],
  },
  // busybox: Alpine and embedded systems.
  adduser: {
    addGroup: (group) => ['addgroup', '-S', group],
    addUser: ({ user, group, home, shell }) => ['adduser', '-S', '-D', '-H', '-G', group, '-h', home, '-s', shell, user],
    removeUser: (user) => ['deluser', user],
    removeGroup: (group) => ['delgroup', group],
    joinGroup: (user, group) => ['addgroup', user, group],
    leaveGroup: (user, group) => ['delgroup', user, group],
  },
};

/** Shells that let nobody in; the last one is everywhere. */
export const shellsWithoutLogin: readonly string[] = ['/usr/sbin/nologin', '/sbin/nologin', '/bin/false'];
