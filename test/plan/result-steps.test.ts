import { expect, it } from 'vitest';
import { completeStageStep, groupSteps, logrotateSteps, stateDirectorySteps } from '../../src/plan/result-steps.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

function input(version: string, fixture: Parameters<typeof factsOf>[0] = 'debian-12-in-docker') {
  return { options: optionsWith(), facts: factsOf(fixture), runId: 'RUN', release: { ...release, tag: `v${version}`, version } };
}

function environmentOf(version: string, fixture?: Parameters<typeof factsOf>[0]) {
  const { step } = completeStageStep(input(version, fixture));
  return step.kind === 'complete-stage' ? step.environment : [];
}

// In the order of netdata-installer.sh, 1.37.1 and 2.10.4.
it.each([
  ['1.37.1', 'NETDATA_CONFIGURE_OPTIONS'],
  ['2.10.4', 'NETDATA_CMAKE_OPTIONS'],
])('writes the keys that scripts of %s read', (version, optionsKey) => {
  expect(environmentOf(version).map(([key]) => key)).toEqual([
    ...['PATH', 'CFLAGS', 'LDFLAGS', 'MAKEOPTS', 'NETDATA_TMPDIR', 'NETDATA_PREFIX', optionsKey, 'NETDATA_ADDED_TO_GROUPS'],
    ...['INSTALL_UID', 'NETDATA_GROUP', 'REINSTALL_OPTIONS', 'RELEASE_CHANNEL', 'IS_NETDATA_STATIC_BINARY', 'NETDATA_LIB_DIR'],
  ]);
});

it('says what the build was told, and from which channel it came', () => {
  const values = new Map(environmentOf('1.37.1'));
  expect(values.get('NETDATA_CONFIGURE_OPTIONS')).toMatch(/^--disable-dependency-tracking CFLAGS=-O2/);
  expect(values.get('RELEASE_CHANNEL')).toBe('stable');
  expect(values.get('PATH')).toBe('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
  expect(new Map(environmentOf('1.38.0-12-nightly')).get('RELEASE_CHANNEL')).toBe('nightly');
});

it('gives directories of the state to the user of the agent, that of the logs with the group of root', () => {
  const steps = stateDirectorySteps(input('1.37.1')).map(({ step }) => step);
  expect(steps).toContainEqual({
    ...{ kind: 'create-directory', path: '/opt/x/netdata/var/log/netdata', contents: 'ours', mode: 0o755 },
    ...{ owner: 'netdata', ownGroup: true },
  });
  expect(steps).toContainEqual({
    ...{ kind: 'create-directory', path: '/opt/x/netdata/var/lib/netdata', contents: 'ours', mode: 0o775, owner: 'netdata' },
  });
});

it('rotates the logs as the user of the agent, only where something rotates logs and no other file is there', () => {
  const [{ step } = { step: undefined }] = logrotateSteps(input('1.37.1'));
  expect(step).toMatchObject({ path: '/etc/logrotate.d/netdata', when: 'absent', ifDirectory: true, mode: 0o644 });
  const content = step?.kind === 'write-file' ? String(step.content) : '';
  expect(content).toContain('/opt/x/netdata/var/log/netdata/*.log {\n\tsu netdata netdata\n');
  expect(content).toContain(`su -s /bin/sh netdata -c 'kill -HUP "$(cat /opt/x/netdata/var/run/netdata/netdata.pid)"'`);
});

it('has no groups, no owners and no rotation to give for another user than root', () => {
  const user = input('1.37.1', 'ubuntu-24.04-user');
  expect([groupSteps(user), logrotateSteps(user)]).toEqual([[], []]);
  expect(stateDirectorySteps(user).filter(({ step }) => 'owner' in step || 'ownGroup' in step)).toEqual([]);
});
