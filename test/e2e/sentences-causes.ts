import { readFileSync } from 'node:fs';
import { cacheOnMachine } from '../support/throwaway-machine.ts';

/** Why a library cannot be had, made true on a throw-away machine that has all build tools, a full cache, and no network. */
export interface Cause {
  /** What people are told, word for word. Source: seeds/002. */
  sentence: string;
  /** What is wrong with the machine, in the words of a test's name. */
  when: string;
  /** As the failure is explained: the code, and words of its cause and of its cure. */
  code: string;
  says: readonly string[];
  /** The code where the run requires Cloud, when that ends it earlier. */
  requiredCode?: string;
  /** A shell script that makes it so. */
  script: string;
  /** More options of kickstart. */
  words?: readonly string[];
  environment?: Record<string, string>;
}

/** The mirror of every machine has these files, and they are not what the agent pins. */
export const tampered = { '/libraries/v4.1.6.tar.gz': Buffer.from('These are other bytes.\n') };

/** On the machine: a copy of the tests' own. */
export const cache = '/var/tmp/sentences/cache';
const programs = '/var/tmp/sentences/programs';

/** Done first on every machine. */
export const prepareMachine = `
  mkdir -p /var/tmp/sentences
  cp -a ${cacheOnMachine} ${cache}
  rm -f /usr/lib/*/pkgconfig/json-c.pc
  # Nothing that apt has already can be installed without a network.
  rm -rf /var/cache/apt/archives/*.deb
  # apt waits half a minute for a network that will not come.
  echo 'Acquire::Retries "0";' > /etc/apt/apt.conf.d/99-no-second-try`;

const path = { PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin` };

export const causes: readonly Cause[] = [
  {
    sentence:
      'Unable to fetch sources for libmosquitto. The install process will continue, but you will not be able to connect this node to Netdata Cloud.',
    when: 'there is no network',
    code: 'FETCH_FAILED',
    says: ['libmosquitto', 'Check the network'],
    script: withoutLibrary('mosquitto', 'and its sources'),
  },
  {
    sentence:
      'Unable to fetch sources for libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
    when: 'the mirror has an archive that somebody changed',
    code: 'VERIFY_CHECKSUM',
    says: ['libwebsockets', pinned('libwebsockets').sha256],
    script: withoutLibrary('libwebsockets', 'and its sources'),
    words: ['--mirror', 'MIRROR/libraries'],
  },
  {
    sentence: 'Unable to fetch sources for JSON-C. Netdata Cloud support will be disabled.',
    when: 'the archive in the offline bundle is damaged',
    code: 'VERIFY_CHECKSUM',
    says: ['JSON-C', pinned('jsonc').sha256],
    script: `
      mkdir -p /var/tmp/sentences/bundle
      head -c 100000 ${sourceOf('jsonc')} > /var/tmp/sentences/bundle/${pinned('jsonc').fileName}
      ${withoutLibrary('jsonc', 'and its sources')}`,
    words: ['--bundle', '/var/tmp/sentences/bundle'],
  },
  {
    sentence:
      'Failed to build libmosquitto. The install process will continue, but you will not be able to connect this node to Netdata Cloud.',
    when: 'the compiler fails',
    code: 'BUILD_DEPENDENCY_FAILED',
    says: ['libmosquitto', 'internal compiler error: the test said so', '.log'],
    script: `
      mkdir -p ${programs}
      printf '#!/bin/sh\ncase "$*" in *lib/mosquitto.c*) echo "mosquitto.c:1:1: internal compiler error: the test said so" >&2; exit 1;; esac\nexec /usr/bin/cc "$@"\n' > ${programs}/cc
      chmod 755 ${programs}/cc
      ${withoutLibrary('mosquitto')}`,
    environment: path,
  },
  {
    sentence:
      'Failed to build libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
    when: 'the disk gets full',
    code: 'BUILD_DEPENDENCY_FAILED',
    says: ['libwebsockets', 'No space left on device', '.log'],
    // The first object takes all the room there is, so that the others have none.
    script: `
      mkdir -p /var/cache/kickstart ${programs}
      mount -t tmpfs -o size=100m tmpfs /var/cache/kickstart
      printf '#!/bin/sh\ncase "$*" in *lib/core/*) [ -e filler ] || head -c 200M /dev/zero > filler 2>/dev/null;; esac\nexec /usr/bin/cc "$@"\n' > ${programs}/cc
      chmod 755 ${programs}/cc
      ${withoutLibrary('libwebsockets')}`,
    environment: path,
  },
  {
    sentence: 'Failed to build JSON-C. Netdata Cloud support will be disabled.',
    when: 'the compiler fails',
    code: 'BUILD_DEPENDENCY_FAILED',
    says: ['JSON-C', 'internal compiler error: the test said so', '.log'],
    script: `
      mkdir -p ${programs}
      printf '#!/bin/sh\ncase "$*" in *json_object.c*) echo "json_object.c:1:1: internal compiler error: the test said so" >&2; exit 1;; esac\nexec /usr/bin/cc "$@"\n' > ${programs}/cc
      chmod 755 ${programs}/cc
      ${withoutLibrary('jsonc')}`,
    environment: path,
  },
  {
    sentence:
      'Could not find cmake, which is required to build libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
    when: 'cmake is gone, and cannot be installed',
    code: 'BUILD_TOOLS_MISSING',
    requiredCode: 'PACKAGE_INSTALL_FAILED',
    says: ['cmake'],
    script: `
      dpkg --remove --force-depends cmake
      ${withoutLibrary('libwebsockets')}`,
  },
  {
    sentence:
      'Could not find cmake, which is required to build JSON-C. The install process will continue, but Netdata Cloud support will be disabled.',
    when: 'cmake is gone, and cannot be installed',
    code: 'BUILD_TOOLS_MISSING',
    requiredCode: 'PACKAGE_INSTALL_FAILED',
    says: ['cmake'],
    script: `
      dpkg --remove --force-depends cmake
      ${withoutLibrary('jsonc')}`,
  },
];

type Component = 'mosquitto' | 'libwebsockets' | 'jsonc';

/** The built library goes out of the cache, and the archive of its sources, too, if that is said. */
function withoutLibrary(component: Component, andSources?: 'and its sources'): string {
  const built = `for library in ${cache}/built/*/files/${component}; do rm -rf "$(dirname "$(dirname "$library")")"; done`;
  return andSources === undefined ? built : `${built}\nrm -rf ${cache}/sources/${pinned(component).sha256}`;
}

function sourceOf(component: Component): string {
  return `${cache}/sources/${pinned(component).sha256}/*`;
}

/** As the stand-in agent's packaging/ says. */
function pinned(component: Component): { sha256: string; fileName: string } {
  const checksums = new URL(`../../src/standin/agent/packaging/${component}.checksums`, import.meta.url);
  const [sha256 = '', fileName = ''] = readFileSync(checksums, 'utf8').trim().split(/\s+/);
  return { sha256, fileName };
}
