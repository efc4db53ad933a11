import { describe, expect, it } from 'vitest';
import { featureDecisions, featureWords } from '../../src/plan/agent-features.ts';
import type { InstallOptions } from '../../src/plan/install-options.ts';
import type { SourcePlanInput } from '../../src/plan/plan-input.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const user = { userId: 1000, groupId: 1000, userName: 'ann', isRoot: false };

function input(version: string, facts: Parameters<typeof factsOf>[1] = {}, switches: readonly string[] = []): SourcePlanInput {
  const given = switches.map((text) => ({ word: text.slice(1), isOn: text.startsWith('+') }));
  const ownBuild = { ownBuild: { switches: given, configure: [], cmake: [], flags: {} } } satisfies Partial<InstallOptions>;
  return {
    options: optionsWith(given.length === 0 ? {} : ownBuild),
    facts: factsOf('debian-12-in-docker', { systemLibraries: { jsonc: '0.16', protobuf: '3.21.12' }, ...facts }),
    runId: 'RUN',
    release: { ...release, version, tag: `v${version}` },
  };
}

function turned(onOff: 'On' | 'Off', given: SourcePlanInput): readonly string[] {
  return featureWords(given).flatMap((word) => (word.endsWith(`=${onOff}`) ? [word.replace(/^-DENABLE_|=.*$/g, '')] : []));
}

describe('an agent that is built with CMake', () => {
  it('gets what can be made of what is here, and nothing that its build would have to download', () => {
    expect(turned('On', input('2.10.4'))).toEqual(['DBENGINE', 'PLUGIN_PYTHON', 'PLUGIN_CHARTS', 'PLUGIN_DEBUGFS']);
    expect(turned('Off', input('2.10.4'))).toEqual([
      ...['PLUGIN_GO', 'PLUGIN_SCRIPTS', 'PLUGIN_IBM', 'PLUGIN_OTEL', 'PLUGIN_OTEL_SIGNAL_VIEWER', 'PLUGIN_EBPF', 'ML'],
      ...['DASHBOARD', 'LIBBACKTRACE', 'PLUGIN_SYSTEMD_JOURNAL', 'PLUGIN_SYSTEMD_UNITS', 'PLUGIN_CUPS', 'PLUGIN_FREEIPMI'],
      ...['PLUGIN_NFACCT', 'PLUGIN_XENSTAT', 'EXPORTER_PROMETHEUS_REMOTE_WRITE', 'EXPORTER_MONGODB'],
    ]);
  });

  it('is told of each part at most once', () => {
    for (const version of ['1.45.0', '1.47.5', '2.0.0', '2.3.0', '2.4.0', '2.11.0']) {
      const names = featureWords(input(version)).map((word) => word.replace(/=.*/, ''));
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('has machine learning where the sources for it are in the tree', () => {
    expect(turned('On', input('1.47.5'))).toContain('ML');
    expect(turned('Off', input('2.4.0'))).toContain('ML');
  });

  it('gets a plugin whose library is here', () => {
    const here = { libsystemd: '252', libnetfilter_acct: '1.0.3', libmnl: '1.0.4', snappy: '1.1.9' };
    const found = turned('On', input('2.10.4', { systemLibraries: { jsonc: '0.16', protobuf: '3.21.12', ...here } }));
    expect(found).toEqual(
      expect.arrayContaining([
        'PLUGIN_SYSTEMD_JOURNAL',
        'PLUGIN_SYSTEMD_UNITS',
        'PLUGIN_NFACCT',
        'EXPORTER_PROMETHEUS_REMOTE_WRITE',
      ]),
    );
  });

  it('gets none that one of its two libraries is here for, nor the journal of a system with elogind', () => {
    const here = { libsystemd: '252', libelogind: '252', libnetfilter_acct: '1.0.3' };
    const found = turned('Off', input('2.10.4', { systemLibraries: here }));
    expect(found).toEqual(expect.arrayContaining(['PLUGIN_SYSTEMD_JOURNAL', 'PLUGIN_NFACCT']));
  });

  it('gets the journal where its library will be installed', () => {
    const here = { missingBuildTools: ['libsystemd'] as const, serviceManager: 'systemd' } as const;
    expect(turned('On', input('2.10.4', here))).toEqual(
      expect.arrayContaining(['PLUGIN_SYSTEMD_JOURNAL', 'PLUGIN_SYSTEMD_UNITS']),
    );
    expect(turned('Off', input('2.10.4', { ...here, privileges: user }))).toContain('PLUGIN_SYSTEMD_JOURNAL');
    expect(turned('Off', input('2.10.4', { ...here, serviceManager: 'none' }))).toContain('PLUGIN_SYSTEMD_JOURNAL');
  });

  it('gets debugfs.plugin where flex and bison are here, or can be installed', () => {
    const missing = ['flex', 'bison'] as const;
    expect(turned('On', input('2.10.4', { missingBuildTools: missing }))).toContain('PLUGIN_DEBUGFS');
    expect(turned('Off', input('2.10.4', { missingBuildTools: missing, privileges: user }))).toContain('PLUGIN_DEBUGFS');
  });

  it('gets and lacks what the user says, in the words of the installer', () => {
    const given = input('2.10.4', {}, ['+plugin-go', '-dbengine', '-go', '+plugin-go', '+exporting-mongodb']);
    expect(turned('On', given)).toEqual(expect.arrayContaining(['PLUGIN_GO', 'EXPORTER_MONGODB']));
    expect(turned('Off', given)).toContain('DBENGINE');
  });

  it('is said to be without the rest, in one sentence', () => {
    expect(
      featureDecisions(input('1.47.5', { systemLibraries: { snappy: '1.1.9', protobuf: '3.21.12', libmongoc: '1' } })),
    ).toEqual([
      'The agent is built without go.d.plugin, ebpf.plugin (their build downloads, or needs a toolchain of its own); and without systemd-journal.plugin, cups.plugin, freeipmi.plugin, nfacct.plugin, xenstat.plugin (what they are made with is not here). --local-build-options can ask for them.',
    ]);
  });

  it('is not said to be without what the user does not want', () => {
    expect(featureDecisions(input('1.47.5', {}, ['-plugin-go']))[0]).not.toContain('go.d.plugin');
  });
});

it('an agent with a configure finds its parts itself', () => {
  expect(featureWords(input('1.44.3'))).toEqual([]);
  expect(featureDecisions(input('1.44.3'))).toEqual([]);
});
