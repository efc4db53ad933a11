import { describe, expect, it } from 'vitest';
import { installOptions, stateDirectoryOf } from '../../src/cli/install-options.ts';
import { parseCommandLine } from '../../src/cli/options.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const system = createFakeSystem({ files: { '/ca.pem': pem, '/no-ca.pem': 'hello' }, owner: { userId: 0, groupId: 0 } });

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

  it('takes the token from the environment', async () => {
    expect((await options('', { NETDATA_CLAIM_TOKEN: 'T' })).claim?.url).toBe('https://app.netdata.cloud');
  });

  it.each([
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
