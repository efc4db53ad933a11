import type { FakeCommand } from './fake-system.ts';

/** A systemd: a unit runs when /run/units has a file of its name, and is enabled when the target wants it. */
export function fakeSystemd() {
  const running = (unit = '') => `/run/units/${unit}`;
  const wanted = (unit = '') => `/etc/systemd/system/multi-user.target.wants/${unit}`;
  const systemctl = (verb: string, row: Omit<FakeCommand, 'program' | 'arguments'> = {}): FakeCommand => ({
    ...{ program: 'systemctl', arguments: (words) => words[0] === verb },
    ...row,
  });
  const commands: readonly FakeCommand[] = [
    systemctl('daemon-reload'),
    systemctl('enable', {
      effect: (system, { arguments: words }) => system.writeFile(wanted(words.at(-1)), '', { mode: 0o644 }),
    }),
    systemctl('disable', { effect: (system, { arguments: words }) => system.removeFile(wanted(words.at(-1))) }),
    systemctl('is-enabled', {
      result: (system, { arguments: words }) => ({ exitCode: system.exists(wanted(words.at(-1))) ? 0 : 1 }),
    }),
    systemctl('start', {
      effect: (system, { arguments: words }) => system.writeFile(running(words.at(-1)), '', { mode: 0o644 }),
    }),
    systemctl('stop', { effect: (system, { arguments: words }) => system.removeFile(running(words.at(-1))) }),
    systemctl('is-active', {
      result: (system, { arguments: words }) =>
        system.exists(running(words.at(-1))) ? { stdout: 'active\n' } : { stdout: 'inactive\n', exitCode: 3 },
    }),
  ];
  const directory = { directory: true } as const;
  return { files: { '/run/units': directory, '/etc/systemd/system/multi-user.target.wants': directory }, commands };
}
