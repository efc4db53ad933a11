import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { libraryIdentity } from '../../src/artifacts/cache/library-key.ts';
import { catalogRow } from '../../src/artifacts/catalog.ts';
import { createDirectories } from '../../src/artifacts/directories.ts';
import type { BuildDependencyStep } from '../../src/steps/build-dependency.ts';
import type { System } from '../../src/system/system.ts';
import type { FakeEntry } from './fake-files.ts';
import { createFakeSystem, type FakeCommand } from './fake-system.ts';
import type { SampleTable } from './sample-steps.ts';
import { tarArchive } from './tar-archive.ts';

const archive = tarArchive([
  { path: 'library-1/CMakeLists.txt', content: 'project(library)' },
  { path: 'library-1/src/library.c', content: 'int library;' },
]);
const sha256 = createHash('sha256').update(archive).digest('hex');
const directory = { directory: true } as const;
const sha256OfText = (text: string) => createHash('sha256').update(text).digest('hex');
const { key } = await libraryIdentity(catalogRow('jsonc'), sha256, createFakeSystem({ commands: toolchain() }));

/** The samples of the steps from a release to a staged agent. */
export const sampleBuilds: Pick<SampleTable, 'build-agent' | 'build-dependency' | 'fetch-artifact' | 'unpack-archive'> = {
  'build-agent': [
    {
      machine: {
        // The source tree is scratch: what the build leaves in it goes with it.
        files: { '/build/agent/configure': '', '/build/agent/system/.install-type': "INSTALL_TYPE='kickstart-build'\n" },
        commands: [{ program: './configure' }, { program: 'make', arguments: [] }, makeInstall()],
      },
      step: () => ({
        ...{
          kind: 'build-agent',
          configuration: [],
          sourceDirectory: '/build/agent',
          stageDirectory: '/build/staged',
          root: '/opt/built',
        },
        ...{ externalDirectory: '/build/none', version: '1.31.0', cloud: 'require', systemLibraries: [], user: 'netdata' },
        ...{ jobs: { path: '/build/jobs', slots: 2 }, logPath: '/build/agent.log' },
      }),
    },
  ],
  'build-dependency': [
    // Fetched, built and put into a cache of kickstart's own.
    {
      machine: {
        files: { '/var/cache/builds': directory, '/build': directory },
        commands: [...toolchain(), ...cmake('/build/libraries/jsonc')],
        http: [{ url: 'https://mirror.test/library.tar.gz', answer: { body: archive } }],
      },
      step: () => libraryStep('/var/cache/builds', '/build'),
    },
    // Taken from a cache, where another install put it.
    {
      machine: { files: { ...cachedLibrary('/var/cache/shared'), '/build/second': directory }, commands: toolchain() },
      step: () => libraryStep('/var/cache/shared', '/build/second'),
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
    {
      machine: {
        files: { '/var/cache': directory, '/build': directory },
        http: [{ url: 'https://mirror.test/library.tar.gz', answer: { body: archive } }],
      },
      step: () => ({
        ...{ kind: 'fetch-artifact', title: 'Agent 1', sha256, keep: false, workDirectory: '/build' },
        sources: [{ from: 'url', url: 'https://mirror.test/library.tar.gz' }],
        path: `/var/cache/of-agent/sources/${sha256}/library.tar.gz`,
        unpack: { destination: '/build/unpacked-agent', stripComponents: 1 },
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

function libraryStep(cacheDirectory: string, runDirectory: string): BuildDependencyStep {
  return {
    ...{ kind: 'build-dependency', component: 'jsonc', version: '0.16', keep: false, archiveSha256: sha256 },
    sources: [{ from: 'url', url: 'https://mirror.test/library.tar.gz' }],
    ...{ archive: `${cacheDirectory}/sources/${sha256}/library.tar.gz`, cacheDirectory, runDirectory },
    ...{ workDirectory: `${runDirectory}/libraries/jsonc`, externalDirectory: `${runDirectory}/externaldeps` },
    ...{ stateDirectory: '/srv/netdata/kickstart', jobs: { path: `${runDirectory}/jobs`, slots: 1 } },
    logPath: '/build/jsonc.log',
  };
}

function cachedLibrary(cacheDirectory: string): Readonly<Record<string, FakeEntry>> {
  const files = { 'jsonc/json-c/json.h': sha256OfText('header'), 'jsonc/libjson-c.a': sha256OfText('library') };
  const entry = `${cacheDirectory}/built/${key}`;
  return {
    [`${entry}/manifest.json`]: JSON.stringify({ component: 'jsonc', version: '0.16', files }),
    [`${entry}/files/jsonc/libjson-c.a`]: 'library',
    [`${entry}/files/jsonc/json-c/json.h`]: 'header',
    [`${entry}/users/0123456789abcdef`]: '/var/lib/kickstart/another\n',
  };
}

function makeInstall(): FakeCommand {
  return {
    program: 'make',
    arguments: (words) => words[0] === 'install' && words.length === 2,
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
    { program: 'c++', arguments: ['--version'], result: { stdout: 'c++ 12' } },
    { program: 'getconf', result: { stdout: 'glibc 2.36' } },
    { program: 'uname', result: { stdout: 'x86_64' } },
  ];
}

function cmake(workDirectory: string): readonly FakeCommand[] {
  const installed = { '/installed/lib/libjson-c.a': 'library', '/installed/include/json-c/json.h': 'header' };
  return [
    { program: 'cmake', arguments: ['--version'] },
    { program: 'cmake', effect: (system) => writeAll(system, workDirectory, { '/build/Makefile': 'rules' }) },
    { program: 'make', arguments: ['install'], effect: (system) => writeAll(system, workDirectory, installed) },
    { program: 'cc', effect: (system) => writeAll(system, workDirectory, { '/check/check': 'program' }) },
    { program: `${workDirectory}/check/check` },
  ];
}

async function writeAll(system: System, top: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await createDirectories(dirname(`${top}${path}`), 0o755, system);
    await system.writeFile(`${top}${path}`, text, { mode: 0o755 });
  }
}
