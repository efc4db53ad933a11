import { createHash } from 'node:crypto';
import type { System } from '../../src/system/system.ts';
import type { FakeCommand } from './fake-system.ts';
import type { SampleTable } from './sample-steps.ts';
import { tarArchive } from './tar-archive.ts';

const archive = tarArchive([
  { path: 'library-1/CMakeLists.txt', content: 'project(library)' },
  { path: 'library-1/src/library.c', content: 'int library;' },
]);
const sha256 = createHash('sha256').update(archive).digest('hex');
const directory = { directory: true } as const;

/** The samples of the steps from a release to a staged agent. */
export const sampleBuilds: Pick<SampleTable, 'build-agent' | 'build-dependency' | 'fetch-artifact' | 'unpack-archive'> = {
  'build-agent': [
    {
      machine: {
        // The source tree is scratch: what the build leaves in it goes with it.
        files: { '/build/agent/configure': '', '/build/agent/system/.install-type': "INSTALL_TYPE='kickstart-build'\n" },
        commands: [{ program: './configure' }, { program: 'make', arguments: ['-j2'] }, makeInstall()],
      },
      step: () => ({
        ...{ kind: 'build-agent', sourceDirectory: '/build/agent', stageDirectory: '/build/staged', root: '/opt/built' },
        ...{ cloud: 'require', user: 'netdata', jobs: 2, logPath: '/build/agent.log' },
      }),
    },
  ],
  'build-dependency': [
    {
      machine: {
        files: { '/build/agent/externaldeps': directory, '/var/cache/builds/library.tar.gz': archive },
        commands: [...toolchain(), ...cmake('/build/jsonc')],
      },
      step: () => ({
        ...{ kind: 'build-dependency', component: 'jsonc', version: '0.16', archive: '/var/cache/builds/library.tar.gz' },
        ...{ archiveSha256: sha256, workDirectory: '/build/jsonc', cacheDirectory: '/var/cache/builds/libraries', keep: false },
        ...{ agentSourceDirectory: '/build/agent', jobs: 1, logPath: '/build/jsonc.log' },
      }),
    },
  ],
  'fetch-artifact': [
    {
      machine: {
        files: { '/var/cache': directory, '/build': directory },
        http: [
          { url: 'https://gone.test/library.tar.gz', answer: { status: 404 } },
          { url: 'https://mirror.test/library.tar.gz', answer: { body: archive } },
        ],
      },
      step: () => ({
        ...{ kind: 'fetch-artifact', title: 'Library 1', sha256, keep: false, workDirectory: '/build' },
        sources: [
          { from: 'url', url: 'https://gone.test/library.tar.gz' },
          { from: 'url', url: 'https://mirror.test/library.tar.gz' },
        ],
        path: `/var/cache/fetched/sources/${sha256}/library.tar.gz`,
      }),
    },
  ],
  'unpack-archive': [
    {
      machine: { files: { '/build': directory, '/var/cache/builds/library.tar.gz': archive } },
      step: () => ({
        ...{
          kind: 'unpack-archive',
          archive: '/var/cache/builds/library.tar.gz',
          destination: '/build/unpacked',
          stripComponents: 1,
        },
      }),
    },
  ],
};

function makeInstall(): FakeCommand {
  return {
    program: 'make',
    arguments: (words) => words[0] === 'install',
    effect: (system, { arguments: words }) => {
      const stage = (words[1] ?? '').replace('DESTDIR=', '');
      return writeAll(system, stage, { '/opt/built/usr/sbin/netdata': 'agent', '/opt/built/usr/share/page': 'page' });
    },
  };
}

/** What a compiler says of itself: it names the built library in the cache. */
function toolchain(): readonly FakeCommand[] {
  return [
    { program: 'cc', arguments: ['--version'], result: { stdout: 'cc 12' } },
    { program: 'cc', arguments: ['-dumpmachine'], result: { stdout: 'x86_64-linux-gnu' } },
    { program: 'getconf', result: { stdout: 'glibc 2.36' } },
    { program: 'uname', result: { stdout: 'x86_64' } },
  ];
}

function cmake(workDirectory: string): readonly FakeCommand[] {
  const installed = { '/installed/lib/libjson-c.a': 'library', '/installed/include/json-c/json.h': 'header' };
  return [
    { program: 'cmake', arguments: ['--version'] },
    {
      program: 'cmake',
      arguments: (words) => words[0] === '--build',
      effect: (system) => writeAll(system, workDirectory, installed),
    },
    { program: 'cmake', effect: (system) => writeAll(system, workDirectory, { '/build/CMakeCache.txt': 'cache' }) },
    { program: 'cc', effect: (system) => writeAll(system, workDirectory, { '/check': 'program' }) },
    { program: `${workDirectory}/check` },
  ];
}

async function writeAll(system: System, top: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const names = `${top}${path}`.split('/').slice(1, -1);
    for (const index of names.keys()) await system.createDirectory(`/${names.slice(0, index + 1).join('/')}`, { mode: 0o755 });
    await system.writeFile(`${top}${path}`, text, { mode: 0o755 });
  }
}
