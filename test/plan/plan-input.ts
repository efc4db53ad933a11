import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentRelease } from '../../src/artifacts/releases.ts';
import type { HostFacts } from '../../src/host/facts.ts';
import type { InstallOptions } from '../../src/plan/install-options.ts';

export const fixtureNames = [
  'alpine-3.22',
  'arch',
  'debian-11-minimal',
  'debian-12-in-docker',
  'debian-12-with-debian-netdata',
  'debian-13-minimal',
  'fedora-43',
  'opensuse-leap-16',
  'rhel-9',
  'rocky-9-arm',
  'ubuntu-24.04-user',
] as const;

export function factsOf(name: (typeof fixtureNames)[number], change: Partial<HostFacts> = {}): HostFacts {
  const text = readFileSync(join(import.meta.dirname, `../fixtures/hosts/${name}.json`), 'utf8');
  return { ...JSON.parse(text), ...change };
}

export const release: AgentRelease = {
  tag: 'v1.31.0',
  version: '1.31.0',
  url: 'http://mirror/releases/download/v1.31.0/netdata-v1.31.0.tar.gz',
  sha256: 'a'.repeat(64),
  pinned: [
    { component: 'mosquitto', version: '2.0.11', fileName: 'mosquitto-2.0.11.tar.gz', sha256: 'b'.repeat(64) },
    { component: 'libwebsockets', version: '4.1.6', fileName: 'v4.1.6.tar.gz', sha256: 'c'.repeat(64) },
    { component: 'jsonc', version: '0.16', fileName: 'json-c-0.16.tar.gz', sha256: 'd'.repeat(64) },
  ],
};

export function optionsWith(change: Partial<InstallOptions> = {}): InstallOptions {
  return {
    root: '/opt/x/netdata',
    releaseUrl: 'http://mirror/releases',
    cloud: 'detect',
    claimOnly: false,
    stateDirectory: '/state',
    cacheDirectory: '/cache',
    keepCache: false,
    workDirectory: '/state/work',
    onFailure: 'undo',
    waitSeconds: 60,
    useSystemLibraries: false,
    service: 'managed',
    ...change,
  };
}
