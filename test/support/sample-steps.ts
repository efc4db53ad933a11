import type { ServiceDescription, ServiceManager } from '../../src/host/service-managers.ts';
import type { Step } from '../../src/steps/step.ts';
import { Secret } from '../../src/system/secret.ts';
import { fakeAccounts } from './fake-accounts.ts';
import { fakePackages } from './fake-packages.ts';
import { procFiles } from './fake-proc.ts';
import type { FakeSystemOptions } from './fake-system.ts';
import { fakeSystemd } from './fake-systemd.ts';
import { sampleBuilds } from './sample-builds.ts';
import { testKeyPair } from './test-key-pair.ts';

const mark = '0a0a0a0a-0000-4000-8000-0a0a0a0a0a0a';

// The same for all samples, because they share one machine.
const { files: accounts } = fakeAccounts();

/** One step of a kind, and the machine it is made for. All samples fit on one machine together. */
export interface Sample<Kind extends Step> {
  machine: FakeSystemOptions;
  /** As the planner makes it for this run: what a step keeps for its undo is its own in every run. */
  step: (runId: string) => Kind;
  /** Lines of the tree that were there before and are not after an uninstall: what belonged to the install already. */
  goesWithUninstall?: RegExp;
}

export type SampleTable = { readonly [Kind in Step['kind']]: Samples<Extract<Step, { kind: Kind }>> };

type Samples<Kind extends Step> = readonly [Sample<Kind>, ...Sample<Kind>[]];

/** Where the receipt of the samples is; its directories are not there before. */
export const sampleStateDirectory = '/srv/netdata/kickstart';

/** A new kind of step joins the crash test by getting its row here; without one this does not compile. */
export const sampleSteps: SampleTable = {
  ...sampleBuilds,
  'claim-by-agent': [
    {
      machine: {
        files: {
          ...agentFiles('/opt/second', 20005),
          '/opt/second/etc/netdata/claim.conf': { content: '[global]\n token = an old one\n', mode: 0o640 },
          '/opt/second/var/lib/netdata/cloud.d/trusted.pem': 'of the administrator',
        },
        commands: [{ program: '/opt/second/usr/sbin/netdatacli' }],
        http: [agentAnswers(20005)],
      },
      step: (runId) => ({
        kind: 'claim-by-agent',
        root: '/opt/second',
        url: 'https://cloud.test',
        token: new Secret('the-claim-token'),
        rooms: ['room-1'],
        ca: { file: '/etc/ca.pem', pem: 'certificates' },
        ...{ proxy: { from: 'none' }, insecure: false, tell: true },
        backupDirectory: `${sampleStateDirectory}/backup-claim-by-agent-${runId}`,
      }),
    },
  ],
  'claim-node': [
    {
      machine: {
        files: {
          ...agentFiles('/opt/claimed', 20001),
          '/opt/claimed/var/lib/netdata/registry/netdata.public.unique.id': 'f1e2d3c4-0000-4000-8000-00000000000a',
          '/opt/claimed/var/lib/netdata/cloud.d/public.pem': 'a public key',
          // An earlier claim, which must be there again after the undo.
          '/opt/claimed/var/lib/netdata/cloud.d/claimed_id': { content: 'f1e2d3c4-0000-4000-8000-00000000000a', mode: 0o640 },
          '/opt/claimed/var/lib/netdata/cloud.d/rooms': { content: 'old-room', mode: 0o640 },
        },
        commands: [{ program: '/opt/claimed/usr/sbin/netdatacli', arguments: ['reload-claiming-state'] }],
        http: [
          agentAnswers(20001),
          { method: 'PUT', url: /^https:\/\/cloud\.test\/api\/v1\/spaces\/nodes\//, answer: { status: 204 } },
        ],
      },
      step: (runId) => ({
        kind: 'claim-node',
        root: '/opt/claimed',
        generation: 'cloud.d',
        url: 'https://cloud.test',
        token: new Secret('the-claim-token'),
        rooms: ['room-1', 'room-2'],
        hostname: 'host',
        ...{ proxy: { from: 'none' }, insecure: false, verbose: false, tell: true },
        backupDirectory: `${sampleStateDirectory}/backup-claim-${runId}`,
      }),
    },
    {
      machine: {
        files: {
          ...agentFiles('/opt/first', 20004),
          '/opt/first/var/lib/netdata/registry/netdata.public.unique.id': 'f1e2d3c4-0000-4000-8000-00000000000b',
          '/opt/first/etc/netdata/claim.d/public.pem': 'a public key',
        },
        commands: [{ program: '/opt/first/usr/sbin/netdatacli' }],
        http: [agentAnswers(20004)],
      },
      step: (runId) => ({
        kind: 'claim-node',
        root: '/opt/first',
        generation: 'claim.d',
        url: 'https://cloud.test',
        token: new Secret('the-claim-token'),
        rooms: [],
        hostname: 'host',
        id: 'new',
        ca: { file: '/etc/ca.pem', pem: 'certificates' },
        ...{ proxy: { from: 'none' }, insecure: false, verbose: false, tell: false },
        backupDirectory: `${sampleStateDirectory}/backup-first-claim-${runId}`,
      }),
    },
  ],
  'complete-stage': [
    {
      machine: {
        files: {
          '/build/completed/etc/netdata/.install-type': '',
          '/build/completed/usr/libexec/netdata/install-service.sh': '',
          '/build/sources/packaging/installer/netdata-updater.sh': 'A=THIS_SHOULD_BE_REPLACED_BY_INSTALLER_SCRIPT\n',
          '/build/sources/packaging/installer/netdata-uninstaller.sh': 'ENVIRONMENT_FILE="/etc/netdata/.environment"\n',
          ...accounts,
        },
        commands: fakeAccounts().commands,
      },
      step: () => ({
        ...{ kind: 'complete-stage', sourceDirectory: '/build/sources', stageDirectory: '/build/completed', root: '' },
        ...{ environment: [['GROUPS', '']], groupsKey: 'GROUPS', groups: ['adm', 'docker'] },
      }),
    },
  ],
  'create-account': [
    {
      machine: fakeAccounts(),
      step: () => ({
        kind: 'create-account',
        user: 'collector',
        home: '/var/lib/collector',
        stateDirectory: sampleStateDirectory,
      }),
    },
  ],
  'create-directory': [
    {
      machine: { files: { '/opt': { directory: true }, ...accounts } },
      step: () => ({ kind: 'create-directory', path: '/opt/a/b', mode: 0o750, owner: 'netdata', contents: 'ours' }),
    },
  ],
  'create-identity': [
    {
      machine: { files: agentFiles('/opt/unknown', 20002) },
      step: (runId) => ({
        kind: 'create-identity',
        root: '/opt/unknown',
        generation: 'cloud.d',
        backupDirectory: `${sampleStateDirectory}/backup-identity-${runId}`,
      }),
    },
    {
      // Of an image: its GUID is banned, its public key has no private one, and its registry is where it always was.
      machine: {
        files: {
          ...agentFiles('/opt/cloned', 20006),
          '/opt/cloned/var/lib/netdata/registry/netdata.public.unique.id': {
            content: '8a795b0c-2311-11e6-8563-000c295076a6',
            mode: 0o444,
          },
          '/opt/cloned/var/lib/netdata/cloud.d/public.pem': 'of nobody',
        },
      },
      step: (runId) => ({
        kind: 'create-identity',
        root: '/opt/cloned',
        generation: 'cloud.d',
        backupDirectory: `${sampleStateDirectory}/backup-cloned-${runId}`,
      }),
    },
    {
      // Restored from a backup, by root, to whom it belongs.
      machine: {
        files: {
          ...agentFiles('/opt/from-backup', 20014),
          '/opt/from-backup/var/lib/netdata/registry/netdata.public.unique.id': {
            content: 'f1e2d3c4-0000-4000-8000-00000000000c',
            mode: 0o600,
          },
          '/opt/from-backup/var/lib/netdata/cloud.d': { directory: true, mode: 0o700 },
          '/opt/from-backup/var/lib/netdata/cloud.d/private.pem': { content: testKeyPair(7).privateKey, mode: 0o400 },
          '/opt/from-backup/var/lib/netdata/cloud.d/public.pem': { content: testKeyPair(7).publicKey, mode: 0o444 },
        },
      },
      step: (runId) => ({
        kind: 'create-identity',
        root: '/opt/from-backup',
        generation: 'cloud.d',
        backupDirectory: `${sampleStateDirectory}/backup-from-backup-${runId}`,
      }),
    },
    {
      // After a power loss; an unclaim has kept the pair.
      machine: {
        files: {
          ...agentFiles('/opt/damaged', 20008),
          '/opt/damaged/var/lib/netdata/registry/netdata.public.unique.id': 'f1e2d3c4-0000-4000-8000-00000000000d',
          '/opt/damaged/var/lib/netdata/cloud.d/private.pem': { content: new Secret('cut off'), mode: 0o600 },
          '/opt/damaged/var/lib/netdata/cloud.d/public.pem': testKeyPair(6).publicKey,
          '/opt/damaged/kept/private.pem': { content: new Secret(testKeyPair(6).privateKey), mode: 0o600 },
        },
      },
      step: (runId) => ({
        kind: 'create-identity',
        root: '/opt/damaged',
        generation: 'cloud.d',
        backupDirectory: `${sampleStateDirectory}/backup-damaged-${runId}`,
        keptIn: '/opt/damaged/kept',
      }),
    },
  ],
  'edit-configuration': [
    {
      machine: {
        files: {
          '/opt/edited/etc/netdata.conf': {
            content: '# mine\n[global]\n  run as user = netdata\n',
            mode: 0o644,
            owner: { userId: 0, groupId: 0 },
          },
          ...accounts,
        },
      },
      step: (runId) => ({
        kind: 'edit-configuration',
        path: '/opt/edited/etc/netdata.conf',
        section: 'cloud',
        key: 'proxy',
        value: new Secret('http://user:password@proxy:3128'),
        reader: 'netdata',
        backupDirectory: `${sampleStateDirectory}/backup-edit-${runId}`,
      }),
    },
    {
      machine: { files: { '/opt/edited/empty': { directory: true } } },
      step: (runId) => ({
        kind: 'edit-configuration',
        path: '/opt/edited/empty/netdata.conf',
        section: 'global',
        key: 'netdata cloud',
        value: 'enable',
        reader: 'netdata',
        backupDirectory: `${sampleStateDirectory}/backup-edit-empty-${runId}`,
      }),
    },
  ],
  'install-packages': [
    {
      machine: fakePackages(['make', 'libc6'], { cmake: ['cmake-data', 'libc6'] }),
      step: () => ({ kind: 'install-packages', manager: 'apt', packages: ['make', 'cmake'] }),
    },
  ],
  'install-service': [
    { machine: fakeSystemd(), step: () => ({ kind: 'install-service', service: serviceOf('fresh', 'systemd') }) },
  ],
  'install-tree': [
    {
      machine: {
        files: {
          '/build/stage/usr/sbin/netdata': { content: 'new program', mode: 0o755 },
          '/build/stage/usr/sbin/netdatacli': { content: 'new client', mode: 0o755 },
          '/build/stage/usr/share/web/index.html': 'new page',
          '/build/stage/usr/share/current': { link: 'web' },
          '/opt/older/usr/sbin/netdata': { content: 'old program', mode: 0o755 },
          '/opt/older/usr/share/notes': 'of the user',
          '/opt/older/usr/share/current': { link: 'web-old' },
          ...accounts,
        },
      },
      step: (runId) => ({
        kind: 'install-tree',
        from: '/build/stage',
        to: '/opt/older',
        backupDirectory: `${sampleStateDirectory}/backup/tree-${runId}`,
        rights: [{ path: 'usr/sbin/*', kind: 'file', group: 'netdata', mode: 0o4750 }],
        groupOf: 'netdata',
      }),
    },
  ],
  'join-groups': [
    {
      machine: fakeAccounts(),
      step: () => ({ kind: 'join-groups', user: 'netdata', groups: ['docker', 'adm'], stateDirectory: sampleStateDirectory }),
    },
  ],
  'restore-claim': [
    {
      machine: {
        files: {
          ...agentFiles('/opt/restored', 20007),
          '/opt/restored/var/lib/netdata/cloud.d/cloud.conf': '[global]\n  enabled = yes\n',
          // Of a claim that was refused after the unclaim.
          '/opt/restored/var/lib/netdata/cloud.d/private.pem': { content: new Secret('a new key'), mode: 0o600 },
          '/opt/restored/kept/claimed_id': { content: 'f1e2d3c4-0000-4000-8000-00000000000c', mode: 0o600 },
          '/opt/restored/kept/private.pem': { content: new Secret('the key'), mode: 0o600 },
          '/opt/restored/kept/public.pem': { content: 'a public key', mode: 0o600 },
        },
      },
      step: (runId) => ({
        kind: 'restore-claim',
        root: '/opt/restored',
        generation: 'cloud.d',
        from: '/opt/restored/kept',
        tell: true,
        backupDirectory: `${sampleStateDirectory}/restore-${runId}`,
      }),
    },
  ],
  'start-service': [
    { machine: fakeSystemd(), step: () => ({ kind: 'start-service', service: serviceOf('started', 'systemd') }) },
    {
      machine: { files: { '/opt/direct': { directory: true }, ...accounts }, commands: [{ program: '/opt/direct/started' }] },
      step: () => ({ kind: 'start-service', service: { ...serviceOf('started', 'none'), user: 'netdata' } }),
    },
  ],
  'stop-service': [
    {
      machine: { ...fakeSystemd(), files: { ...fakeSystemd().files, '/run/units/stopped.service': '' } },
      step: () => ({ kind: 'stop-service', service: serviceOf('stopped', 'systemd') }),
      goesWithUninstall: /^\/run\/units\/stopped/,
    },
    {
      machine: {
        files: {
          '/opt/direct/stopped.pid': '3000\n',
          '/opt/direct/stopped.pid.kickstart': `3000\n179517600000\n${mark}\n`,
        },
        commands: [{ program: '/opt/direct/stopped' }],
        processes: { 3000: { program: '/opt/direct/stopped', arguments: ['-D'], environment: { KICKSTART_SERVICE: mark } } },
      },
      step: () => ({ kind: 'stop-service', service: serviceOf('stopped', 'none') }),
      goesWithUninstall: /^\/opt\/direct\/stopped.pid|^process .*: \/opt\/direct\/stopped/,
    },
  ],
  'unclaim-node': [
    {
      machine: {
        files: {
          ...agentFiles('/opt/unclaimed', 20008),
          '/opt/unclaimed/etc/netdata/claim.conf': { content: new Secret('[global]\n token = T\n'), mode: 0o640 },
          '/opt/unclaimed/var/lib/netdata/cloud.d/cloud.conf': '[global]\n  claimed_id = x\n',
          '/opt/unclaimed/var/lib/netdata/cloud.d/private.pem': { content: new Secret('the key'), mode: 0o600 },
          '/opt/unclaimed/var/lib/netdata/cloud.d/public.pem': { content: 'a public key', mode: 0o640 },
        },
      },
      step: (runId) => ({
        kind: 'unclaim-node',
        root: '/opt/unclaimed',
        generation: 'claim.conf',
        tell: true,
        backupDirectory: `${sampleStateDirectory}/unclaim-${runId}`,
      }),
    },
  ],
  'verify-agent': [
    {
      machine: { files: runningAgent('/opt/running', 20003), http: [agentAnswers(20003)] },
      step: () => ({ kind: 'verify-agent', root: '/opt/running', tag: 'v1.31.0', cloud: 'require', seconds: 5 }),
    },
  ],
  'verify-cloud-link': [
    {
      machine: { files: runningAgent('/opt/running', 20003), http: [agentAnswers(20003)] },
      step: () => ({ kind: 'verify-cloud-link', root: '/opt/running', url: 'https://cloud.test', seconds: 5 }),
    },
  ],
  'verify-unclaimed': [
    {
      machine: {
        files: runningAgent('/opt/quiet', 20010),
        http: [
          {
            url: 'http://127.0.0.1:20010/api/v1/info',
            answer: { body: JSON.stringify({ version: 'v1.31.0', 'agent-claimed': false, 'aclk-available': false }) },
          },
        ],
      },
      step: () => ({ kind: 'verify-unclaimed', root: '/opt/quiet', generation: 'cloud.d', seconds: 5 }),
    },
  ],
  'verify-new-link': [
    {
      machine: {
        files: runningAgent('/opt/moved', 20011),
        http: [
          {
            url: 'http://127.0.0.1:20011/api/v1/info',
            answer: { body: JSON.stringify({ version: 'v1.31.0', 'agent-claimed': true, 'aclk-available': false }) },
          },
        ],
      },
      step: () => ({
        ...{ kind: 'verify-new-link', root: '/opt/moved', generation: 'cloud.d' },
        ...{ url: 'https://cloud.test', seconds: 5 },
      }),
    },
  ],
  'verify-openssl': [
    {
      machine: {
        files: { '/build': { directory: true } },
        commands: [{ program: 'cc' }, { program: '/build/openssl/use' }, { program: '/build/openssl/validate' }],
      },
      step: () => ({ kind: 'verify-openssl', directory: '/build/openssl', logPath: '/build/openssl.log' }),
    },
  ],
  'write-file': [
    {
      machine: {
        files: { '/etc/sample.conf': { content: 'of the user', mode: 0o640, owner: { userId: 5, groupId: 6 } }, ...accounts },
      },
      step: () => ({
        kind: 'write-file',
        path: '/etc/sample.conf',
        content: new Secret('ours'),
        mode: 0o600,
        owner: 'netdata',
        when: 'always',
      }),
    },
  ],
};

function serviceOf(name: string, manager: ServiceManager): ServiceDescription {
  return {
    ...{ manager, name, description: 'A sample', program: `/opt/direct/${name}`, arguments: ['-D'], environment: {} },
    ...{ pidPath: `/opt/direct/${name}.pid`, logPath: `/opt/direct/${name}.log` },
  };
}

/** The same, and it runs. */
function runningAgent(root: string, port: number) {
  const listens = [`127.0.0.1:${port}`, `${root}/var/run/netdata/netdata.pipe`];
  return {
    ...agentFiles(root, port),
    ...procFiles({ processId: port, program: `${root}/usr/sbin/netdata`, startTicks: 7, listens }),
  };
}

function agentFiles(root: string, port: number) {
  return {
    [`${root}/usr/sbin/netdata`]: { content: 'program', mode: 0o755 },
    [`${root}/etc/netdata/netdata.conf`]: `[global]\n    run as user = netdata\n[web]\n    bind to = 127.0.0.1:${port}\n`,
    [`${root}/var/lib/netdata`]: { directory: true, mode: 0o750 } as const,
    [`${root}/var/lib/netdata/registry`]: { directory: true } as const,
    ...accounts,
  };
}

function agentAnswers(port: number) {
  const info = {
    version: 'v1.31.0',
    'cloud-enabled': true,
    'cloud-available': true,
    'agent-claimed': true,
    'aclk-available': true,
  };
  return { url: `http://127.0.0.1:${port}/api/v1/info`, answer: { body: JSON.stringify(info) } };
}
