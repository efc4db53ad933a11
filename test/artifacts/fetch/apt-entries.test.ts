import { expect, it } from 'vitest';
import { deb822Sources, oneLineSources, sourceEntries } from '../../../src/artifacts/fetch/apt-entries.ts';
import { createFakeSystem } from '../../support/fake-system.ts';

it('makes source entries of one-line entries, with their options', () => {
  const list = `# a comment
deb [arch=amd64 signed-by=/k.gpg] https://mirror.test/debian bookworm main  # the base
deb-src [arch=amd64 signed-by=/k.gpg] https://mirror.test/debian bookworm main
  deb https://mirror.test/debian bookworm-updates main contrib
#deb https://mirror.test/off bookworm main
rpm https://mirror.test/rpm x
`;
  expect(oneLineSources(list)).toBe(`deb-src [arch=amd64 signed-by=/k.gpg] https://mirror.test/debian bookworm main
deb-src https://mirror.test/debian bookworm-updates main contrib
`);
});

it('makes source entries of deb822 paragraphs, with all other fields, and leaves out those that are off', () => {
  const sources = `Types: deb
# https://snapshot.test/
URIs: https://mirror.test/debian
Suites: bookworm bookworm-updates
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Enabled: no
types: deb
URIs: https://mirror.test/off


types: deb deb-src
URIs: https://mirror.test/security
`;
  expect(deb822Sources(sources)).toBe(`Types: deb-src
URIs: https://mirror.test/debian
Suites: bookworm bookworm-updates
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb-src
URIs: https://mirror.test/security
`);
});

it('reads the places that apt is configured to read', async () => {
  const system = createFakeSystem({
    files: {
      '/own/list': 'deb https://mirror.test/debian sid main\n',
      '/own/parts/a.sources': 'Types: deb\nURIs: https://mirror.test/a\n',
      '/own/parts/b.list': 'deb https://mirror.test/b sid main',
      '/own/parts/c.list.save': 'deb https://mirror.test/c sid main',
    },
    commands: [{ program: 'apt-config', result: { stdout: "LIST='/own/list'\nPARTS='/own/parts/'\n" } }],
  });
  expect(await sourceEntries(system)).toEqual({
    oneLine: 'deb-src https://mirror.test/debian sid main\ndeb-src https://mirror.test/b sid main\n',
    deb822: 'Types: deb-src\nURIs: https://mirror.test/a\n',
  });
});

it('has no entries on a machine without any', async () => {
  const system = createFakeSystem({ commands: [{ program: 'apt-config', result: { exitCode: 127 } }] });
  expect(await sourceEntries(system)).toEqual({ oneLine: '', deb822: '' });
});
