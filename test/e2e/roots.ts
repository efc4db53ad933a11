import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CloudEvent } from '../../src/standin/cloud/cloud-event.ts';
import { type Cloud, startCloud } from '../../src/standin/cloud/server.ts';
import { type ReleaseMirror, startReleaseMirror } from '../../src/standin/release-mirror.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import type { RootPin } from '../support/debian-root.ts';
import { relayLoopback } from '../support/loopback-relay.ts';
import { testCache } from '../support/test-cache.ts';
import {
  cacheOnMachine,
  finished,
  type Ran,
  startThrowawayMachine,
  type ThrowawayMachine,
} from '../support/throwaway-machine.ts';

const project = resolve(import.meta.dirname, '../..');
const standinAgent = join(project, 'src/standin/agent');

interface FieldOptions {
  /** A root file system for the machine; default: the one that all tests share. */
  rootArchive?: string;
  /** loopback: the machine reaches the Cloud and the release mirror, and nothing else in the world. */
  network?: 'host' | 'loopback';
  /** Tags of the agents that can be had, the newest last. */
  tags: readonly string[];
  /** What these agents pin instead of what their tree says. */
  pins?: readonly RootPin[];
  /** More files of the release mirror, by path. */
  files?: Readonly<Record<string, Buffer>>;
  /** What the machine adds to the cache of the tests stays there. */
  keepsCache?: boolean;
  /** Directories of the host that kickstart may read. */
  readable?: readonly string[];
}

/** A throw-away machine of any kind with kickstart on it, a Cloud and a release mirror. */
export interface Field {
  machine: ThrowawayMachine;
  mirror: ReleaseMirror;
  cloudEvents: readonly CloudEvent[];
  token: string;
  /** The options of a claim; the token goes through the environment. */
  claim: { words: readonly string[]; environment: Record<string, string> };
  kickstart(words: readonly string[], environment?: Record<string, string>): Promise<Ran>;
  /** kickstart, killed as soon as it has said this. */
  killedAt(text: string, words: readonly string[], environment?: Record<string, string>): Promise<Ran>;
  /** A shell script on the machine, which has to succeed; its output. */
  shell(script: string): Promise<string>;
  newPrefix(): Promise<Prefix>;
  close(): Promise<void>;
}

export interface Prefix {
  path: string;
  /** --install and its value. */
  words: readonly string[];
  stateDirectory: string;
  /** /api/v1/info of the agent; undefined when nobody answers. */
  info(): Promise<Record<string, unknown> | undefined>;
}

export async function openField({ tags, pins = [], files = {}, network = 'host', ...options }: FieldOptions): Promise<Field> {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-field-'));
  chmodSync(directory, 0o755);
  const closing: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true, force: true })];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const share = join(directory, 'share');
    copyKickstart(share);
    const cloudEvents: CloudEvent[] = [];
    const cloud = await startCloud({
      ...{ host: '127.0.0.1', port: 0, dataDirectory: join(directory, 'cloud') },
      onEvent: (event) => void cloudEvents.push(event),
    });
    closing.push(() => cloud.close());
    copyFileSync(cloud.caFile, join(share, 'ca.pem'));
    const tree = pinnedTree(pins, join(directory, 'agent'));
    const releases = tags.map((tag) => ({ tag, tree }));
    const mirror = await startReleaseMirror({ host: '127.0.0.1', port: 0, releases, files, latest: tags.at(-1) ?? '' });
    closing.push(() => mirror.close());
    const machine = await startThrowawayMachine({
      ...(options.rootArchive === undefined ? {} : { rootArchive: options.rootArchive }),
      network,
      shared: [
        ...[share, ...(options.readable ?? [])].map((path) => ({ path, access: 'read' as const })),
        ...(options.keepsCache ? [{ path: testCache, at: cacheOnMachine, access: 'write' as const }] : []),
      ],
    });
    closing.push(() => machine.stop());
    if (network === 'loopback') {
      const ports = [cloud.url, mirror.url].map((url) => Number(new URL(url).port));
      const relay = await relayLoopback({ ports, directory }, machine);
      closing.push(() => relay.close());
    }
    return {
      ...controls(share, { machine, cloud, mirror }),
      machine,
      mirror,
      cloudEvents,
      ...claimOf(share, cloud),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

// Copies: the bundle of the project may be built anew meanwhile, and the machine need not see the project.
function copyKickstart(share: string): void {
  mkdirSync(share);
  copyFileSync(realpathSync(join(project, 'node_modules/.bin/node')), join(share, 'node'));
  cpSync(join(project, 'dist/kickstart'), join(share, 'bundle'), { recursive: true });
}

function claimOf(share: string, cloud: Cloud): Pick<Field, 'token' | 'claim'> {
  const { token = '', rooms = [] } = cloud.first ?? {};
  return {
    token,
    claim: {
      words: ['--claim-rooms', rooms.map(({ id }) => id).join(','), '--claim-url', cloud.url, '--ca-file', join(share, 'ca.pem')],
      environment: { NETDATA_CLAIM_TOKEN: token },
    },
  };
}

function pinnedTree(pins: readonly RootPin[], copy: string): string {
  if (pins.length === 0) return standinAgent;
  cpSync(standinAgent, copy, { recursive: true });
  for (const { component, version, fileName, sha256 } of pins) {
    writeFileSync(join(copy, `packaging/${component}.version`), `${version}\n`);
    writeFileSync(join(copy, `packaging/${component}.checksums`), `${sha256}  ${fileName}\n`);
  }
  return copy;
}

function controls(
  share: string,
  { machine, mirror }: { machine: ThrowawayMachine; cloud: Cloud; mirror: ReleaseMirror },
): Pick<Field, 'kickstart' | 'killedAt' | 'shell' | 'newPrefix'> {
  let prefixes = 0;
  const shell = async (script: string) => {
    const { exitCode, stdout, stderr } = await machine.run(['sh', '-c', script]);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${exitCode}: ${stderr}${stdout}`);
    return stdout;
  };
  const bundle = join(share, 'bundle/kickstart.cjs');
  const variables = (more: Record<string, string>) => ({
    environment: { NETDATA_TARBALL_BASEURL: `${mirror.url}/releases`, ...more },
  });
  return {
    shell,
    kickstart: (words, environment = {}) => machine.run([join(share, 'node'), bundle, ...words], variables(environment)),
    killedAt(text, words, environment = {}) {
      const child = machine.start([join(share, 'node'), bundle, ...words], variables(environment));
      let said = '';
      let isKilled = false;
      child.stdout?.on('data', (chunk) => {
        said += chunk;
        if (isKilled || !said.includes(text)) return;
        isKilled = true;
        // By its arguments inside the machine, because from outside it has another number.
        void machine.run(['pkill', '-KILL', '-f', bundle]);
      });
      return finished(child);
    },
    async newPrefix() {
      prefixes += 1;
      const path = `/opt/field-${prefixes}`;
      const port = await createRealSystem({ environment: {} }).freePort();
      await shell(`mkdir -p ${path}/netdata/etc/netdata
        printf '[web]\\n    default port = ${port}\\n' > ${path}/netdata/etc/netdata/netdata.conf`);
      return {
        path,
        words: ['--build-only', '--install', path],
        stateDirectory: `/var/lib/kickstart/opt%2Ffield-${prefixes}%2Fnetdata`,
        info: () => infoAt(`http://127.0.0.1:${port}/api/v1/info`, machine),
      };
    },
  };
}

async function infoAt(url: string, machine: ThrowawayMachine): Promise<Record<string, unknown> | undefined> {
  const ask = 'fetch(process.argv[1]).then((answer) => answer.text()).then(console.log, () => process.exit(1))';
  const { exitCode, stdout } = await finished(machine.startOnItsNetwork([process.execPath, '-e', ask, url]));
  return exitCode === 0 ? JSON.parse(stdout) : undefined;
}
