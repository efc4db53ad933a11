import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Cloud, startCloud } from '../../src/standin/cloud/server.ts';
import { type ReleaseMirror, startReleaseMirror } from '../../src/standin/release-mirror.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import {
  cacheOnMachine as cache,
  checkoutOnMachine,
  finished,
  nodeOnMachine,
  type Ran,
  startThrowawayMachine,
  type ThrowawayMachine,
} from '../support/throwaway-machine.ts';

const project = resolve(import.meta.dirname, '../..');
// Copies on the machine: users who are not root need not be able to read the project.
const place = '/usr/local/lib/kickstart-under-test';
const node = `${place}/node`;
const bundle = `${place}/bundle/kickstart.cjs`;
/** What starts kickstart on the machine, for a shell. */
export const kickstartOnMachine = `${node} ${bundle}`;
// Not below /tmp, which begins empty where systemd starts the machine.
const seen = '/srv/stage';

/** A throw-away machine with kickstart on it, and a Cloud and a release mirror that it can reach. */
export interface E2eStage {
  machine: ThrowawayMachine;
  cloud: Cloud;
  /** The CA of the Cloud, where everybody on the machine can read it. */
  caFile: string;
  mirror: ReleaseMirror;
  token: string;
  rooms: readonly string[];
  /** Runs kickstart as root on the machine, against the mirror, with a warm cache. The token goes through the environment. */
  kickstart(words: readonly string[], options?: KickstartRun): Promise<Ran>;
  /** A prefix of its own whose agent has a port of its own. */
  newPrefix(): Promise<Prefix>;
  /** What the Cloud knows of its nodes. */
  nodes(): Promise<readonly { id: string; link: { state: string }; agentVersion?: string; rooms: readonly string[] }[]>;
  /** A cache and a machine on which libwebsockets can be had nowhere. */
  withoutLibwebsockets(): Promise<KickstartRun>;
  /** Kills kickstart, so that it can do nothing more, when it prints this. */
  killedAt(text: string, words: readonly string[], token: string): Promise<Ran>;
  /** Sends kickstart a signal when it prints this, and waits for its orderly end. */
  signalledAt(text: string, signal: 'INT' | 'TERM', words: readonly string[], token: string): Promise<Ran>;
  /** A shell script that builds the stand-in agent with its own configure and make, starts it, and puts kickstart on PATH. */
  buildByHand(prefix: Prefix): string;
  /** Looks again and again, for ten seconds at most. */
  until(holds: () => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

export interface KickstartRun {
  environment?: Record<string, string>;
  /** Default: the cache of the project, which has the built libraries. */
  cacheDirectory?: string | null;
  user?: { userId: number; groupId: number };
}

export interface Prefix {
  path: string;
  root: string;
  port: number;
  stateDirectory: string;
  info(): Promise<Record<string, unknown> | undefined>;
}

const copyKickstart = `
  mkdir -p ${place} &&
  cp -L ${nodeOnMachine} ${node} &&
  cp -r ${checkoutOnMachine}/dist/kickstart ${place}/bundle &&
  chmod -R a+rX ${place}`;

export async function openStage(): Promise<E2eStage> {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-e2e-'));
  const cloud = await startCloud({ host: '127.0.0.1', port: 0, dataDirectory: join(directory, 'cloud') });
  const shared = join(directory, 'shared');
  mkdirSync(shared);
  copyFileSync(cloud.caFile, join(shared, 'ca.pem'));
  const caFile = `${seen}/ca.pem`;
  const tree = join(project, 'src/standin/agent');
  const mirror = await startReleaseMirror({
    host: '127.0.0.1',
    port: 0,
    releases: [
      { tag: 'v1.31.0', tree },
      { tag: 'v1.31.1', tree },
    ],
    latest: 'v1.31.0',
  });
  const machine = await startThrowawayMachine({ shared: [{ path: shared, at: seen, access: 'read' }] });
  const copied = await machine.run(['sh', '-c', copyKickstart]);
  if (copied.exitCode !== 0) throw new Error(copied.stderr);
  const { token: claimToken = '', rooms = [] } = cloud.first ?? {};
  let prefixes = 0;

  function signalledAt(text: string, signal: string, words: readonly string[], token: string): Promise<Ran> {
    const environment = { NETDATA_TARBALL_BASEURL: `${mirror.url}/releases`, NETDATA_CLAIM_TOKEN: token };
    const child = machine.start([node, bundle, ...words, '--cache-directory', cache], { environment });
    let said = '';
    let sent = false;
    child.stdout?.on('data', (chunk) => {
      said += chunk;
      if (sent || !said.includes(text)) return;
      sent = true;
      // By its arguments inside the machine, because from outside it has another number.
      void machine.run(['pkill', `-${signal}`, '-f', bundle]);
    });
    return finished(child);
  }

  return {
    machine,
    cloud,
    caFile,
    mirror,
    token: claimToken,
    rooms: rooms.map(({ id }) => id),
    kickstart(words, { environment = {}, cacheDirectory = cache, user } = {}) {
      const kept = cacheDirectory === null ? [] : ['--cache-directory', cacheDirectory];
      const takesCache = words[0] === undefined || words[0].startsWith('--') || words[0] === 'install';
      return machine.run([node, bundle, ...words, ...(takesCache ? kept : [])], {
        environment: { NETDATA_TARBALL_BASEURL: `${mirror.url}/releases`, ...environment },
        ...(user === undefined ? {} : { user }),
      });
    },
    async newPrefix() {
      prefixes += 1;
      const path = `/opt/e2e-${prefixes}`;
      const port = await createRealSystem({ environment: {} }).freePort();
      await machine.run([
        'sh',
        '-c',
        `mkdir -p ${path}/netdata/etc/netdata && printf '[web]\\n    default port = ${port}\\n' > ${path}/netdata/etc/netdata/netdata.conf`,
      ]);
      return {
        path,
        root: `${path}/netdata`,
        port,
        stateDirectory: `/var/lib/kickstart/opt%2Fe2e-${prefixes}%2Fnetdata`,
        async info() {
          try {
            return (await (await fetch(`http://127.0.0.1:${port}/api/v1/info`)).json()) as Record<string, unknown>;
          } catch {
            return undefined;
          }
        },
      };
    },
    async nodes() {
      const { stdout } = await finishedCurl(machine, cloud, caFile);
      return JSON.parse(stdout).nodes;
    },
    async withoutLibwebsockets() {
      const cacheDirectory = '/var/tmp/kickstart-e2e-cache-without';
      // An apt-get before the real one that does not know the package, and a proxy for https that is not there.
      const programs = '/var/tmp/kickstart-e2e-programs';
      const script = `
        set -e
        rm -rf ${cacheDirectory}
        cp -a ${cache} ${cacheDirectory}
        rm -r ${cacheDirectory}/built/*/files/libwebsockets $(dirname ${cacheDirectory}/sources/*/v4.1.6.tar.gz)
        mkdir -p ${programs}
        printf '#!/bin/sh\\ncase "$*" in *libwebsockets*) echo "E: none of that" >&2; exit 100;; esac\\nexec /usr/bin/apt-get "$@"\\n' > ${programs}/apt-get
        chmod 755 ${programs}/apt-get`;
      const prepared = await machine.run(['sh', '-c', script]);
      if (prepared.exitCode !== 0) throw new Error(prepared.stderr);
      const environment = {
        PATH: `${programs}:/usr/sbin:/usr/bin:/sbin:/bin`,
        https_proxy: 'http://127.0.0.1:9',
        no_proxy: '127.0.0.1',
      };
      return { cacheDirectory, environment };
    },
    killedAt: (text, words, token) => signalledAt(text, 'KILL', words, token),
    signalledAt,
    buildByHand: ({ root }) => `
      set -e
      mkdir -p /tmp/by-hand
      cp -r ${checkoutOnMachine}/src/standin/agent/. /tmp/by-hand
      cd /tmp/by-hand
      mkdir -p externaldeps
      for library in ${cache}/built/*/files; do cp -r $library/. externaldeps; done
      ./configure --prefix=${root}/usr --sysconfdir=${root}/etc --localstatedir=${root}/var --libexecdir=${root}/usr/libexec --libdir=${root}/usr/lib --with-user=root --enable-cloud
      make
      make install
      printf '#!/bin/sh\\nexec ${node} ${bundle} "$@"\\n' > /usr/local/bin/kickstart
      chmod 755 /usr/local/bin/kickstart
      SSL_CERT_FILE=${caFile} setsid ${root}/usr/sbin/netdata -D > /tmp/by-hand.log 2>&1 < /dev/null &`,
    async until(holds) {
      for (let tries = 0; tries < 100; tries += 1) {
        if (await holds()) return;
        await new Promise((done) => setTimeout(done, 100));
      }
      throw new Error('It did not come true in ten seconds.');
    },
    async close() {
      await machine.stop();
      await Promise.all([mirror.close(), cloud.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function finishedCurl(machine: ThrowawayMachine, cloud: Cloud, caFile: string): Promise<Ran> {
  return finished(
    machine.start([
      'curl',
      '-sS',
      '--cacert',
      caFile,
      '-H',
      `Authorization: Bearer ${cloud.adminToken}`,
      `${cloud.url}/standin/v1/nodes`,
    ]),
  );
}
