import { expect, it } from 'vitest';
import { rowFor } from '../../src/host/installed-result.ts';
import { groupsFor, stateDirectories, treeRights } from '../../src/plan/result-of-version.ts';

it('gives no rights to what another user than root installs, and makes its programs executable', () => {
  const rights = treeRights('1.37.1', false);
  expect(rights.filter(({ mode, group, capabilities }) => mode > 0o777 || group || capabilities)).toEqual([]);
  expect(rowFor('usr/libexec/netdata/charts.d/x.chart.sh', 'file', rights)?.mode).toBe(0o755);
});

it('has the directories of the state that the version makes', () => {
  const state = ['var/lib/netdata', 'var/cache/netdata', 'var/log/netdata'];
  expect(stateDirectories('1.21.0').map(({ path }) => path)).toEqual(state);
  expect(stateDirectories('2.10.4').map(({ path }) => path)).toEqual([
    ...state,
    'var/lib/netdata/cloud.d',
    'var/lib/netdata/registry',
  ]);
  expect(stateDirectories('1.44.3').map(({ path }) => path)).toEqual([...state, 'var/lib/netdata/cloud.d']);
});

it.each([
  ['1.37.1', ['docker', 'nginx', 'varnish', 'haproxy', 'adm', 'nsd', 'proxy', 'squid', 'ceph', 'nobody']],
  ['2.7.3', ['docker', 'nginx', 'varnish', 'haproxy', 'adm', 'nsd', 'proxy', 'squid', 'ceph', 'nobody']],
  ['2.10.4', ['docker', 'ceph', 'I2C']],
])('knows the groups of %s', (version, groups) => {
  expect(groupsFor(version)).toEqual(groups);
});
