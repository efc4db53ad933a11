import { describe, expect, it } from 'vitest';
import { plainClaim } from '../../src/plan/install-options.ts';
import { refusals } from '../../src/plan/refuse.ts';
import { Secret } from '../../src/system/secret.ts';
import { factsOf, optionsWith } from './plan-input.ts';

const none = { kind: 'none' } as const;

describe('reasons not to touch a machine', () => {
  it('are none on a machine that can build, or can be made to', () => {
    expect(refusals(optionsWith(), factsOf('debian-12-in-docker'))).toEqual([]);
    expect(refusals(optionsWith(), factsOf('debian-13-minimal'))).toEqual([]);
  });

  it("name Debian's own netdata package, and how to remove it", () => {
    const [refusal, ...others] = refusals(optionsWith(), factsOf('debian-12-with-debian-netdata'));
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({
      code: 'EXISTING_INSTALL_UNSUPPORTED',
      what: 'Existing install appears to be handled manually or through the system package manager.',
    });
    expect(refusal?.why).toContain('installed by a package of the distribution');
    expect(refusal?.next).toContain('apt-get');
  });

  it('name the directory that cannot be used, and the option that names another', () => {
    const place = { path: '/var/cache/kickstart/work', why: 'Programs cannot run there: /var is mounted with noexec.' };
    const facts = factsOf('debian-13-minimal', { unusablePlaces: [{ purpose: 'work', ...place }] });
    expect(refusals(optionsWith(), facts)).toMatchObject([
      {
        code: 'HOST_DIRECTORY_UNUSABLE',
        what: 'kickstart cannot use /var/cache/kickstart/work, the directory that it builds in.',
        why: 'Programs cannot run there: /var is mounted with noexec.',
        next: 'Name another directory with --work-directory DIRECTORY, or repair this one, and run kickstart again.',
      },
    ]);
    expect(
      refusals(optionsWith({ claimOnly: true }), { ...facts, existingInstall: { kind: 'ours', version: '1.31.0' } }),
    ).toEqual([]);
  });

  it('name the option that moves the whole rehearsal, where programs cannot run in its place', () => {
    const place = { path: '/var/tmp/r/netdata', why: 'Programs cannot run there: /var/tmp is mounted with noexec.' };
    const facts = factsOf('debian-13-minimal', { unusablePlaces: [{ purpose: 'agent', ...place }] });
    expect(refusals(optionsWith({ service: 'direct' }), facts)).toMatchObject([
      { next: 'Name another directory with --work-directory DIRECTORY, or repair this one, and run kickstart again.' },
    ]);
  });

  it('let an agent that was built by hand be claimed, and nothing else', () => {
    const byHand = { kind: 'foreign', path: '/opt/x/netdata/usr/sbin/netdata', how: 'build', others: [] } as const;
    const facts = factsOf('debian-13-minimal', { existingInstall: byHand });
    const claim = { ...plainClaim, token: new Secret('T'), rooms: [], url: 'https://cloud.example' };
    expect(refusals(optionsWith({ claim }), facts)).toEqual([]);
    expect(refusals(optionsWith(), facts)).toMatchObject([{ code: 'EXISTING_INSTALL_UNSUPPORTED' }]);
    expect(refusals(optionsWith({ claim, root: '/elsewhere' }), facts)).toMatchObject([{ code: 'EXISTING_INSTALL_UNSUPPORTED' }]);
  });

  it('are not that this user is not root, or that a service is in the way, when an agent is only claimed', () => {
    const byHand = { kind: 'foreign', path: '/usr/sbin/netdata', how: 'build', others: [] } as const;
    const user = { userId: 1000, groupId: 1000, userName: 'ann', isRoot: false };
    const here = factsOf('debian-13-minimal', { existingInstall: byHand, privileges: user, prefixWritable: false });
    const claim = { ...plainClaim, token: new Secret('T'), rooms: [], url: 'https://cloud.example' };
    const codes = (change: object) => refusals(optionsWith({ root: '', claim, ...change }), here).map(({ code }) => code);
    expect(codes({})).not.toContain('HOST_NO_ROOT');
    expect(codes({ claimOnly: true })).not.toContain('HOST_PREFIX_UNWRITABLE');
    expect(refusals(optionsWith({ root: '' }), here).map(({ code }) => code)).toContain('HOST_NO_ROOT');
  });

  it('are the service of another agent, where this one would have a service', () => {
    const here = factsOf('debian-13-minimal', { existingInstall: none, serviceManager: 'systemd' });
    const facts = { ...here, serviceProgram: '/opt/other/netdata' };
    expect(refusals(optionsWith(), facts)).toMatchObject([
      { code: 'EXISTING_SERVICE', what: 'The service netdata of this machine is another agent: it starts /opt/other/netdata.' },
    ]);
    expect(refusals(optionsWith({ service: 'direct' }), facts)).toEqual([]);
    expect(refusals(optionsWith(), { ...here, serviceProgram: '/opt/x/netdata/usr/sbin/netdata' })).toEqual([]);
  });

  it('name who listens where the agent would, before anything is built', () => {
    const busyPort = { port: 19999, processId: 812, says: 'Port 19999 is held by python3 (process 812, user ann)' };
    const facts = { ...factsOf('debian-12-in-docker'), busyPort };
    expect(refusals(optionsWith(), facts)).toMatchObject([
      {
        ...{ code: 'HOST_PORT_BUSY', what: 'The agent needs port 19999, which another program uses.' },
        why: 'Port 19999 is held by python3 (process 812, user ann).',
        next: expect.stringContaining('"default port = PORT" below [web] in /opt/x/netdata/etc/netdata/netdata.conf'),
      },
    ]);
    const claim = { ...plainClaim, token: new Secret('T'), rooms: [], url: 'https://cloud.example' };
    const existingInstall = { kind: 'ours', version: '1.31.0' } as const;
    expect(refusals(optionsWith({ claim }), { ...facts, existingInstall })).toEqual([]);
  });

  it('are, for root, programs that others can change, whatever is asked for', () => {
    const ours = { kind: 'ours', version: '1.31.0' } as const;
    const othersPlace = { path: '/home/ann', says: '/home/ann belongs to ann.', user: 'ann' };
    const claim = { ...plainClaim, token: new Secret('T'), rooms: [], url: 'https://cloud.example' };
    const expected = {
      code: 'HOST_PREFIX_UNTRUSTED',
      what: 'Root does not manage the agent at /opt/x/netdata: others than root can change its programs.',
      why: '/home/ann belongs to ann. Root would run what they put there.',
      next: 'Run kickstart as that user (sudo -u ann kickstart …), or have the agent where only root can write.',
    };
    for (const [options, existingInstall] of [
      [{}, none],
      [{}, ours],
      [{ claim }, ours],
      [{ claim, claimOnly: true }, ours],
    ] as const)
      expect(refusals(optionsWith(options), factsOf('debian-13-minimal', { existingInstall, othersPlace }))).toMatchObject([
        expected,
      ]);
    const writable = { path: '/srv', says: 'Everybody can write /srv.' };
    expect(refusals(optionsWith(), factsOf('debian-13-minimal', { existingInstall: none, othersPlace: writable }))).toMatchObject(
      [{ next: 'Take that right away (chmod go-w /srv), and run kickstart again.' }],
    );
  });

  it('are not what a build needs alone: what that is depends on the release', () => {
    const facts = factsOf('ubuntu-24.04-user', {
      existingInstall: none,
      prefixWritable: true,
      missingBuildTools: ['make', 'zlib'],
    });
    expect(refusals(optionsWith({ root: '/home/ann/netdata' }), facts)).toEqual([]);
  });

  it('are all said at once', () => {
    const facts = factsOf('ubuntu-24.04-user', {
      existingInstall: { kind: 'foreign', path: '/usr/sbin/netdata', how: 'static', others: ['/opt/netdata/bin/netdata'] },
      missingBuildTools: ['make', 'cmake', 'zlib'],
    });
    const found = refusals(optionsWith({ root: '' }), facts);
    expect(found.map(({ code }) => code)).toEqual(['EXISTING_INSTALL_UNSUPPORTED', 'HOST_NO_ROOT', 'BUILD_TOOLS_MISSING']);
    expect(found[2]).toMatchObject({
      what: 'The agent is built with what is not here: make, the headers of zlib.',
      next: 'Run as root: apt-get install -y make zlib1g-dev; then run kickstart again.',
    });
  });

  it('are the wrong system, a prefix that cannot be written, and an agent container', () => {
    const facts = factsOf('debian-12-in-docker');
    const codes = (change: Parameters<typeof factsOf>[1]) =>
      refusals(optionsWith(), { ...facts, ...change }).map(({ code }) => code);
    expect(codes({ platform: { ...facts.platform, kernel: 'Darwin' } })).toEqual(['HOST_UNSUPPORTED_SYSTEM']);
    expect(codes({ prefixWritable: false, prefixNearest: '/etc/passwd' })).toEqual(['HOST_PREFIX_UNWRITABLE']);
    expect(codes({ existingInstall: { kind: 'foreign', path: '/usr/sbin/netdata', how: 'container', others: [] } })).toEqual([
      'HOST_CONTAINER',
    ]);
  });

  it.each([
    [{ root: '/opt/my agent/netdata' }, '"/opt/my agent/netdata"', '--install'],
    [{ root: "/opt/it's/netdata" }, '"/opt/it\'s/netdata"', '--install'],
    [{ cacheDirectory: '/srv/$cache' }, '"/srv/$cache"', '--cache-directory'],
    [{ workDirectory: '/home/ann b/.cache/kickstart/work' }, '"/home/ann b/.cache/kickstart/work"', '--work-directory'],
  ])('are a path that make would take apart: %j', (change, path, option) => {
    const facts = factsOf('debian-12-in-docker');
    const [refusal, ...others] = refusals(optionsWith(change), facts);
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({
      code: 'HOST_PREFIX_UNBUILDABLE',
      what: `The agent cannot be built with the path ${path}.`,
      next: expect.stringContaining(`without them with ${option}`),
    });
  });

  it('are no blank in the path of an agent that is only claimed, nor a letter of any alphabet', () => {
    const facts = factsOf('debian-12-in-docker');
    const claim = { ...plainClaim, token: new Secret('T'), rooms: [], url: 'https://cloud.example' };
    const byHand = { kind: 'foreign', path: '/opt/my agent/netdata/usr/sbin/netdata', how: 'build', others: [] } as const;
    expect(refusals(optionsWith({ claim, root: '/opt/my agent/netdata' }), { ...facts, existingInstall: byHand })).toEqual([]);
    expect(refusals(optionsWith({ root: '/opt/Überwachung_2+@x/netdata' }), facts)).toEqual([]);
  });
});
