import type { System } from '../../src/system/system.ts';
import type { FakeCommand } from './fake-system.ts';

/** A Linux with the users root and netdata, and the programs of shadow. useradd and userdel take two writes. */
export function fakeAccounts() {
  const commands: readonly FakeCommand[] = [
    { program: 'getent', result: { exitCode: 2 } },
    { program: 'groupadd', effect: (system, { arguments: words }) => append(system, '/etc/group', `${words.at(-1)}:x:990:`) },
    {
      program: 'useradd',
      effect: async (system, { arguments: words }) => {
        const home = words[words.indexOf('--home-dir') + 1];
        const shell = words[words.indexOf('--shell') + 1];
        await append(system, '/etc/passwd', `${words.at(-1)}:x:990:990::${home}:${shell}`);
        await append(system, '/etc/shadow', `${words.at(-1)}:!:1::::::`);
      },
    },
    {
      program: 'userdel',
      effect: async (system, { arguments: words }) => {
        await cut(system, '/etc/shadow', `${words.at(-1)}:`);
        await cut(system, '/etc/passwd', `${words.at(-1)}:`);
      },
    },
    {
      program: 'usermod',
      effect: (system, { arguments: words }) =>
        changeMembers(system, words[2] ?? '', (members) => [...new Set([...members, words.at(-1) ?? ''])]),
    },
    {
      program: 'gpasswd',
      effect: (system, { arguments: words }) =>
        changeMembers(system, words.at(-1) ?? '', (members) => members.filter((member) => member !== words[1])),
    },
    { program: 'groupdel', effect: (system, { arguments: words }) => cut(system, '/etc/group', `${words.at(-1)}:`) },
  ];
  const files = {
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnetdata:x:201:201::/:/bin/false\n',
    '/etc/group': 'root:x:0:\nadm:x:4:syslog\nnetdata:x:201:\n',
    '/etc/shadow': { content: 'root:*:1::::::\n', mode: 0o600 },
    '/usr/sbin/useradd': { content: '', mode: 0o755 },
    '/usr/sbin/nologin': { content: '', mode: 0o755 },
  };
  return { files, commands };
}

async function append(system: System, path: string, line: string): Promise<void> {
  const before = (await system.readFile(path)) ?? '';
  // A real useradd that is run again after a crash repairs what it left.
  const kept = before.split('\n').filter((other) => other !== '' && !other.startsWith(`${line.split(':')[0]}:`));
  await rewrite(system, path, [...kept, line]);
}

async function changeMembers(
  system: System,
  group: string,
  change: (members: readonly string[]) => readonly string[],
): Promise<void> {
  const lines = ((await system.readFile('/etc/group')) ?? '').split('\n').filter((line) => line !== '');
  await rewrite(
    system,
    '/etc/group',
    lines.map((line) => {
      const [name, password, id, members = ''] = line.split(':');
      if (name !== group) return line;
      return [name, password, id, change(members.split(',').filter((member) => member !== '')).join(',')].join(':');
    }),
  );
}

async function cut(system: System, path: string, start: string): Promise<void> {
  const lines = ((await system.readFile(path)) ?? '').split('\n');
  await rewrite(
    system,
    path,
    lines.filter((line) => line !== '' && !line.startsWith(start)),
  );
}

async function rewrite(system: System, path: string, lines: readonly string[]): Promise<void> {
  const mode = (await system.stat(path))?.mode ?? 0o644;
  await system.writeFile(path, lines.map((line) => `${line}\n`).join(''), { mode });
}
