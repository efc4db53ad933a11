import { describe, expect, it } from 'vitest';
import { installOptions } from '../../src/cli/install-options.ts';
import { parseCommandLine } from '../../src/cli/options.ts';
import { stateDirectoryOf } from '../../src/cli/standpoint.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const system = createFakeSystem({
  files: { '/ca.pem': pem, '/no-ca.pem': 'hello', '/media/bundle': { directory: true } },
  owner: { userId: 0, groupId: 0 },
});

function options(words: string, environment: Record<string, string> = {}) {
  const line = parseCommandLine(words.split(' ').filter(Boolean), environment);
  return installOptions(line, { workingDirectory: '/work', environment }, system);
}

describe('what the user wants', () => {
  it('is an install into the system when no prefix is named', async () => {
    expect(await options('')).toMatchObject({
      root: '',
      cloud: 'detect',
      stateDirectory: '/var/lib/kickstart/system',
      cacheDirectory: '/var/cache/kickstart',
      keepCache: false,
      onFailure: 'undo',
      waitSeconds: 60,
    });
  });

  it('has one state directory for each prefix', async () => {
    expect((await options('--install /opt/a/b')).stateDirectory).toBe('/var/lib/kickstart/opt%2Fa%2Fb%2Fnetdata');
    expect((await options('--install /opt/a-b')).stateDirectory).toBe('/var/lib/kickstart/opt%2Fa-b%2Fnetdata');
  });

  it('builds in the cache directory of this user, or in a directory that is named', async () => {
    expect((await options('--cache-directory /elsewhere')).workDirectory).toBe('/var/cache/kickstart/work');
    expect((await options('--work-directory big')).workDirectory).toBe('/work/big/work');
  });

  it('has an agent root below the prefix, also for a relative one', async () => {
    expect((await options('--install /usr/local/')).root).toBe('/usr/local/netdata');
    expect((await options('--install here')).root).toBe('/work/here/netdata');
  });

  it('keeps the state of a user who is not root below their home', () => {
    const unprivileged = createFakeSystem({ owner: { userId: 1000, groupId: 1000 } });
    const line = parseCommandLine(['--install', '/home/a/x'], {});
    expect(stateDirectoryOf(line, { workingDirectory: '/', environment: { HOME: '/home/a' } }, unprivileged)).toBe(
      '/home/a/.local/state/kickstart/home%2Fa%2Fx%2Fnetdata',
    );
  });

  it('has the token as a secret, the rooms apart, and the URL without its last slash', async () => {
    const { claim } = await options(
      '--claim-token T0KEN --claim-rooms a,,b --claim-url https://cloud.example/x/ --ca-file /ca.pem',
    );
    expect(claim).toMatchObject({ rooms: ['a', 'b'], url: 'https://cloud.example/x', ca: { file: '/ca.pem', pem } });
    expect(JSON.stringify(claim)).not.toContain('T0KEN');
    expect(`${claim?.token}`).toBe('[hidden]');
  });

  it.each([
    ['', {}, 'https://github.com/netdata/netdata/releases'],
    ['--release-channel default', {}, 'https://github.com/netdata/netdata/releases'],
    ['--nightly-channel', {}, 'https://github.com/netdata/netdata-nightlies/releases'],
    ['--nightly-channel', { NETDATA_TARBALL_BASEURL: 'https://mirror.example/r' }, 'https://mirror.example/r'],
    [
      '--release-channel nightly --release-url https://own.example/r',
      { NETDATA_TARBALL_BASEURL: 'https://mirror.example/r' },
      'https://own.example/r',
    ],
  ])('is from the server that is named, else from that of the channel: %j %j', async (words, environment, url) => {
    expect((await options(words, { ...environment })).releaseUrl).toBe(url);
  });

  it.each([
    ['--disable-telemetry', {}, true],
    ['', { DO_NOT_TRACK: '1' }, true],
    ['', { DISABLE_TELEMETRY: 'yes' }, true],
    ['', { DO_NOT_TRACK: '0', DISABLE_TELEMETRY: '' }, false],
    ['', {}, false],
  ])('has no statistics when one of these says so: %j %j', async (words, environment, off) => {
    expect((await options(words, { ...environment })).disableTelemetry).toBe(off);
  });

  it('takes the token from the environment', async () => {
    expect((await options('', { NETDATA_CLAIM_TOKEN: 'T' })).claim?.url).toBe('https://app.netdata.cloud');
  });

  it('names the places of source archives, the mirror without its last slash', async () => {
    expect(await options('--bundle /media/bundle --mirror https://mirror.example/archives/ --use-system-libs')).toMatchObject({
      bundleDirectory: '/media/bundle',
      mirrorUrl: 'https://mirror.example/archives',
      useSystemLibraries: true,
    });
    const without = await options('');
    expect(without).toMatchObject({ useSystemLibraries: false });
    expect(Object.keys(without)).not.toContain('bundleDirectory');
    expect(Object.keys(without)).not.toContain('mirrorUrl');
  });

  it('trusts a CA file for downloads without any claim', async () => {
    const { caFile, claim } = await options('--ca-file /ca.pem');
    expect({ caFile, claim }).toEqual({ caFile: '/ca.pem', claim: undefined });
  });

  it('builds where others can enter: in the cache directory, not in the state directory, which is closed', async () => {
    expect((await options('--state-directory /s --cache-directory /c')).workDirectory).toBe('/var/cache/kickstart/work');
  });

  it.each([
    ['--build-jobs 3', {}, 3],
    ['--build-jobs 256', {}, 256],
    ['', { MAKEOPTS: '-j4' }, 4],
    ['', { MAKEOPTS: '--quiet -j 8 -k' }, 8],
    ['--build-jobs 3', { MAKEOPTS: '-j4' }, 3],
    ['', { MAKEOPTS: '-j' }, undefined],
    ['', { MAKEOPTS: '--quiet' }, undefined],
    ['', {}, undefined],
  ])('compiles with "%s" and %o so many files at once: %s', async (words, environment, jobs) => {
    expect((await options(words, environment)).buildJobs).toBe(jobs);
  });

  it.each([
    ['--build-jobs 0', 'USAGE_INVALID_VALUE', '--build-jobs 0 is no number of compilers.'],
    ['--build-jobs 257', 'USAGE_INVALID_VALUE', '--build-jobs 257 is no number of compilers.'],
    ['--build-jobs 2.5', 'USAGE_INVALID_VALUE', '--build-jobs 2.5 is no number of compilers.'],
    ['--bundle /ca.pem', 'USAGE_INVALID_VALUE', '--bundle /ca.pem is no directory.'],
    ['--bundle nowhere', 'USAGE_INVALID_VALUE', '--bundle /work/nowhere is no directory.'],
    ['--mirror ftp://x', 'USAGE_INVALID_VALUE', '--mirror ftp://x cannot be used.'],
    ['--mirror https://user:pass@x.example', 'USAGE_INVALID_VALUE', '--mirror cannot be used.'],
    ['--ca-file /nowhere.pem', 'USAGE_INVALID_VALUE', '--ca-file /nowhere.pem is no file with certificates.'],
    [
      '--claim-rooms R',
      'USAGE_CONFLICT',
      'Invalid claiming options, claim rooms may only be specified when a token is specified.',
    ],
    ['--claim-url https://x.example', 'USAGE_CONFLICT', 'Invalid claiming options, a claiming token must be specified.'],
    [
      '--disable-cloud --claim-token T',
      'USAGE_CONFLICT',
      'Cloud explicitly disabled, but automatic claiming requested. Either enable Netdata Cloud, or remove the --claim-* options.',
    ],
    ['--disable-cloud --require-cloud', 'USAGE_CONFLICT', 'Cloud is required and disabled on the same command line.'],
    ['--claim-token T --claim-url ftp://x', 'USAGE_INVALID_VALUE', '--claim-url ftp://x cannot be used.'],
    ['--claim-token T --claim-url http://x', 'USAGE_INVALID_VALUE', '--claim-url http://x cannot be used.'],
    ['--release-url nonsense', 'USAGE_INVALID_VALUE', '--release-url nonsense cannot be used.'],
    ['--release-url https://user:pass@x.example', 'USAGE_INVALID_VALUE', '--release-url cannot be used.'],
    ['--claim-token T --claim-url https://x.example?key=K', 'USAGE_INVALID_VALUE', '--claim-url cannot be used.'],
    ['--wait-seconds soon', 'USAGE_INVALID_VALUE', '--wait-seconds soon is no number of seconds.'],
    ['--claim-token T --ca-file /nowhere.pem', 'USAGE_INVALID_VALUE', '--ca-file /nowhere.pem is no file with certificates.'],
    ['--claim-token T --ca-file /no-ca.pem', 'USAGE_INVALID_VALUE', '--ca-file /no-ca.pem is no file with certificates.'],
  ])('refuses "%s" with %s', async (words, code, what) => {
    await expect(options(words)).rejects.toMatchObject({ code, what });
  });
});
