import type { System } from '../../src/system/system.ts';
import type { FakeCommand, FakeSystem } from './fake-system.ts';

const statusFile = '/var/lib/dpkg/status';

/** A Debian with dpkg and apt: `installed` are there before, and each package brings what `needs` says. Packages are installed in two writes, as dpkg does. */
export function fakePackages(installed: readonly string[], needs: Readonly<Record<string, readonly string[]>>) {
  const commands: readonly FakeCommand[] = [
    { program: 'dpkg-query', result: (system) => ({ stdout: readStatus(system) }) },
    { program: 'dpkg', effect: (system) => change(system, (state) => (state === 'unpacked' ? 'installed' : state)) },
    { program: 'apt-get', arguments: (words) => words.includes('update') },
    {
      program: 'apt-get',
      arguments: (words) => words.includes('--simulate'),
      result: (system, { arguments: words }) => ({
        stdout: words.includes('install')
          ? lines('Inst', arriving(words.slice(words.indexOf('install') + 1, -1), readStatus(system)))
          : lines('Remv', removed(words, system)),
      }),
    },
    {
      program: 'apt-get',
      arguments: (words) => words.includes('install'),
      effect: async (system, { arguments: words }) => {
        const before = (await system.readFile(statusFile)) ?? '';
        const added = arriving(words.slice(words.indexOf('install') + 1), before).map((name) => `unpacked ${name}\n`);
        await system.writeFile(statusFile, `${before}${added.join('')}`, { mode: 0o644 });
        await change(system, (state) => (state === 'unpacked' ? 'installed' : state));
      },
    },
    {
      program: 'apt-get',
      arguments: (words) => words.includes('purge'),
      effect: (system, { arguments: words }) => change(system, (state, name) => (words.includes(name) ? undefined : state)),
    },
  ];
  return { files: { [statusFile]: installed.map((name) => `installed ${name}\n`).join('') }, commands };

  function arriving(wanted: readonly string[], status: string): readonly string[] {
    const names = [...wanted, ...wanted.flatMap((name) => needs[name] ?? [])];
    return names.filter((name) => !status.includes(` ${name}\n`));
  }

  function removed(words: readonly string[], system: FakeSystem): readonly string[] {
    const present = readStatus(system)
      .split('\n')
      .flatMap((line) => line.split(' ')[1] ?? []);
    if (words.includes('remove')) return words.slice(words.indexOf('remove') + 1);
    const needed = present.flatMap((name) => needs[name] ?? []);
    return present.filter((name) => Object.values(needs).flat().includes(name) && !needed.includes(name));
  }
}

function lines(word: 'Inst' | 'Remv', names: readonly string[]): string {
  return names.map((name) => `${word} ${name} [1.0]\n`).join('');
}

function readStatus(system: FakeSystem): string {
  return system.readText(statusFile) ?? '';
}

async function change(system: System, next: (state: string, name: string) => string | undefined): Promise<void> {
  const lines = ((await system.readFile(statusFile)) ?? '').trimEnd().split('\n');
  const after = lines.flatMap((line) => {
    const [state = '', name = ''] = line.split(' ');
    const changed = next(state, name);
    return changed === undefined ? [] : [`${changed} ${name}\n`];
  });
  await system.writeFile(statusFile, after.join(''), { mode: 0o644 });
}
