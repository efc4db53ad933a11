import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/options.ts';
import { scriptOptionTable } from '../../src/cli/script-option-table.ts';
import { isKickstartError } from '../../src/errors.ts';

const parsed = (line: string, environment = {}) => parseCommandLine(line.split(' '), environment);

/** What a line ends with: its error code, or nothing. */
function codeOf(words: readonly string[]): string | undefined {
  try {
    parseCommandLine(words, {});
    return undefined;
  } catch (error) {
    if (isKickstartError(error)) return error.code;
    throw error;
  }
}

// All options that kickstart.sh and kickstart-static64.sh took from v1.21.0 to v2.11.0, by what becomes of them here. Source: spec/kickstart-behaviour.md 1.2 to 1.6.
const act = [
  '--help',
  '--dry-run',
  '--stable-channel',
  '--nightly-channel',
  '--release-channel nightly',
  '--claim-only',
  '--disable-cloud',
  '--require-cloud',
  '--disable-telemetry',
  '--install /opt/x',
  '--install-prefix /opt/x',
  '--build-only',
  '--install-type build',
  '--install-type auto',
  '--install-type any',
  ...[
    'token T',
    'rooms R',
    'url https://x.example',
    'proxy none',
    'id 01234567-89ab-cdef-0123-456789abcdef',
    'user u',
    'hostname h',
  ],
  ...['noproxy', 'insecure', 'noreload', 'verbose', 'daemon-not-running'],
].map((text) => (text.startsWith('--') ? text : `--claim-${text}`));
const noted = [
  ...['all', '--dont-wait', '--non-interactive', '--interactive', '--accept', '--yes', '-y', '--force', '--no-cleanup'],
  ...['--auto-update', '--auto-update-type systemd', '--auto-update-method crontab', '--reinstall', '--reinstall-even-if-unsafe'],
  ...['--allow-duplicate-install', '--old-install-prefix /opt/y', '--distro-override debian:12:bookworm'],
  ...['--aclk-ng', '--aclk-legacy'],
];
const silent = ['--no-updates', '--', '--static-install-options x'];
const refused = [
  ...['--uninstall', '--reinstall-clean', '--repositories-only', '--native-only', '--static-only', '--install-type static'],
  ...['--install-type native', '--install-version 1.37.1', '--install-major-version 2', '--dont-start-it'],
  ...['--prepare-offline-install-source /srv', '--offline-install-source /srv', '--offline-architecture x86_64'],
  '--local-files a.tar.gz sums go.tgz conf.tgz deps.sh',
];

describe('a line that was written for the reference script', () => {
  it.each([...act, ...noted, ...silent])('is understood: %s', (option) => {
    expect(codeOf(option.split(' '))).toBeUndefined();
    expect(codeOf(`--claim-token T ${option} --claim-rooms R`.split(' '))).toBeUndefined();
  });

  it.each(noted)('is told what does nothing here, once: %s', (option) => {
    const { notes, given } = parsed(`${option} --dry-run`);
    expect(notes).toEqual([expect.stringMatching(new RegExp(`^${option.split(' ')[0]}: `))]);
    expect([...given]).toEqual(['dry-run']);
  });

  it('has nothing to be told of what kickstart does anyway', () => {
    expect(parsed('--no-updates --stable-channel').notes).toEqual([]);
  });

  it.each(refused)('ends with 3 where something else would be done than was asked for: %s', (option) => {
    expect(codeOf(option.split(' '))).toBe('OPTION_UNAVAILABLE');
    expect(codeOf(`--claim-token T ${option} --claim-rooms R`.split(' '))).toBe('OPTION_UNAVAILABLE');
  });

  it('is read with "=", too, in which the script itself did not know it', () => {
    expect(parsed('--install-prefix=/opt/x --auto-update-type=systemd --release-channel=stable').values).toMatchObject({
      install: '/opt/x',
      'release-channel': 'stable',
    });
    expect(codeOf(['--install-version=1.37.1'])).toBe('OPTION_UNAVAILABLE');
  });

  it('says one reason once, for all options that it is the reason of', () => {
    expect(parsed('--dont-wait --non-interactive --auto-update').notes).toEqual([
      '--dont-wait, --non-interactive: kickstart never asks a question.',
      '--auto-update: this version of kickstart sets up no automatic updates: run it again to upgrade.',
    ]);
  });

  it.each([
    ['--nightly-channel', 'nightly'],
    ['--release-channel Nightly', 'Nightly'],
    ['--nightly-channel --stable-channel', 'stable'],
    ['--dry-run', 'stable'],
  ])('chooses the channel: %s', (line, channel) => {
    expect(parsed(line).values['release-channel']).toBe(channel);
  });

  it('leaves the values of options alone, whatever they look like', () => {
    expect(parsed('--claim-hostname all --claim-token -y').values).toMatchObject({
      'claim-hostname': 'all',
      'claim-token': '-y',
    });
  });

  it('works for other commands, and not for those of kickstart alone', () => {
    expect(parsed('uninstall --yes').command).toBe('uninstall');
    expect(parsed('claim --non-interactive -token=T -rooms=R').values).toMatchObject({ 'claim-token': 'T', 'claim-rooms': 'R' });
    expect(codeOf(['cloud', '--dont-wait'])).toBe('USAGE_UNKNOWN_OPTION');
  });

  it('is the lines that Netdata Cloud prints', () => {
    const tail = '--claim-token T --claim-rooms R --claim-url https://app.netdata.cloud';
    for (const head of [
      '',
      '--nightly-channel ',
      '--stable-channel ',
      '--dont-wait ',
      '--non-interactive --no-updates ',
      '--install /usr/local/ ',
      '--install-prefix /usr/local/ ',
    ]) {
      expect(parsed(`${head}${tail}`).values).toMatchObject({
        'claim-token': 'T',
        'claim-rooms': 'R',
        'claim-url': 'https://app.netdata.cloud',
      });
    }
  });

  it('has words for the build of the agent, each of which arrives', () => {
    const { values } = parseCommandLine(
      ['--disable-ebpf', '--local-build-options', '--enable-lto -DX=1', '--enable-plugin-go', '--dry-run'],
      {},
    );
    expect(values).toMatchObject({
      'local-build-options': '--disable-ebpf --enable-lto -DX=1 --enable-plugin-go',
      'dry-run': 'true',
    });
    expect(codeOf(['--disable-telemtry'])).toBe('USAGE_UNKNOWN_OPTION');
    expect(codeOf(['--local-build-options'])).toBe('USAGE_MISSING_VALUE');
    expect(parseCommandLine(['--local-build-options='], {}).given.has('local-build-options')).toBe(false);
  });

  it('refuses a value that no version of the script had', () => {
    expect(codeOf(['--install-type', 'rpm'])).toBe('USAGE_INVALID_VALUE');
    expect(codeOf(['--install-type'])).toBe('USAGE_INVALID_VALUE');
  });

  it('has no option of the script twice', () => {
    const named = [...act, ...noted, ...silent, ...refused].map((option) => option.split(' ')[0]?.replace(/^-+/, ''));
    const ofInstaller = Object.keys(scriptOptionTable).filter((name) => !named.includes(name));
    // Words for the installer of the source tree, which the script handed on.
    expect(ofInstaller).toEqual([
      ...['u', 'install-no-prefix', 'zlib-is-really-here', 'libs-are-really-here', 'skip-available-ram-check', 'one-time-build'],
      ...[
        'dont-scrub-cflags-even-though-it-may-break-things',
        'build-judy',
        'build-json-c',
        'use-system-lws',
        'use-system-protobuf',
      ],
    ]);
  });
});

describe('a word that nobody knows', () => {
  it.each([
    [['--claim-room', 'R'], 'Did you mean --claim-rooms?'],
    [['--claim-tokn=T'], 'Did you mean --claim-token?'],
    [['--calim-token', 'T'], 'Did you mean --claim-token?'],
    [['-claim-token', 'T'], 'Did you mean --claim-token?'],
    [['--claim_rooms', 'R'], 'Did you mean --claim-rooms?'],
    [['--dryrun'], 'Did you mean --dry-run?'],
    [['--non-interactiv'], 'Did you mean --non-interactive?'],
    [['--nightly-chanel'], 'Did you mean --nightly-channel?'],
    [['unistall'], 'Did you mean uninstall?'],
    [['clam', '--dry-run'], 'Did you mean claim?'],
  ])('is answered with the nearest one that is known: %j', (words, meant) => {
    expect(() => parseCommandLine(words, {})).toThrow(expect.objectContaining({ next: expect.stringContaining(meant) }));
  });

  it('is answered with none where none is near', () => {
    expect(() => parseCommandLine(['--frobnicate'], {})).not.toThrow('Did you mean');
    expect(() => parseCommandLine(['frobnicate'], {})).not.toThrow('Did you mean');
  });

  const secret = 'a3f5c8e1b2d94706a3f5c8e1b2d94706';
  it.each([
    [[`--claim-token${secret}`], 'has no option --claim-token….'],
    [[secret], '"…" is not a command'],
    [['--claim-token', '', secret], '"…" is not a command'],
    [['status', secret], 'has the word "…"'],
    [['cache', secret], 'cannot ….'],
    [[`-${secret}`], 'has no option -….'],
    [[`--${secret}`], 'has no option --….'],
  ])('is not repeated where it may be a secret: %j', (words, what) => {
    expect(() => parseCommandLine(words, {})).toThrow(what);
    expect(() => parseCommandLine(words, {})).not.toThrow(secret);
  });
});
