import { describe, expect, it } from 'vitest';
import { helpText } from '../../src/cli/help.ts';
import { type OptionRow, optionTable } from '../../src/cli/option-table.ts';
import { parseCommandLine } from '../../src/cli/options.ts';

const seedLine = '--claim-token TOKEN --claim-rooms ROOM1,ROOM2 --claim-url https://app.netdata.cloud';

describe('the command line', () => {
  it('understands the line that the Cloud gives for Linux', () => {
    const line = parseCommandLine(seedLine.split(' '), {});
    expect(line.command).toBe('install');
    expect(line.values).toMatchObject({
      'claim-token': 'TOKEN',
      'claim-rooms': 'ROOM1,ROOM2',
      'claim-url': 'https://app.netdata.cloud',
    });
  });

  it('understands the line that the Cloud gives for macOS', () => {
    const line = parseCommandLine(`--install /usr/local/ ${seedLine}`.split(' '), {});
    expect(line.values.install).toBe('/usr/local/');
  });

  it('takes a value after a blank or after "="', () => {
    const line = parseCommandLine(['--claim-token=a=b', '--install', '/opt/x'], {});
    expect(line.values['claim-token']).toBe('a=b');
    expect(line.values.install).toBe('/opt/x');
  });

  it('prefers the option to the environment, and the environment to the default', () => {
    const environment = { NETDATA_CLAIM_URL: 'https://environment.example' };
    expect(parseCommandLine(['--claim-url', 'https://option.example'], environment).values['claim-url']).toBe(
      'https://option.example',
    );
    expect(parseCommandLine([], environment).values['claim-url']).toBe('https://environment.example');
    expect(parseCommandLine([], { NETDATA_CLAIM_URL: '' }).values['claim-url']).toBe('https://app.netdata.cloud');
  });

  it('knows what stands on the line itself', () => {
    const line = parseCommandLine(['--dry-run'], { NETDATA_CLAIM_TOKEN: 'x' });
    expect([...line.given]).toEqual(['dry-run']);
  });

  it.each([
    [['--no-such-thing'], 'USAGE_UNKNOWN_OPTION'],
    [['-x'], 'USAGE_UNKNOWN_OPTION'],
    [['--constructor'], 'USAGE_UNKNOWN_OPTION'],
    [['cloud', '--claim-token', 'T'], 'USAGE_UNKNOWN_OPTION'],
    [['--claim-token'], 'USAGE_MISSING_VALUE'],
    [['--claim-token', '--claim-rooms', 'R'], 'USAGE_MISSING_VALUE'],
    [['--dry-run=yes'], 'USAGE_INVALID_VALUE'],
    [['frobnicate'], 'USAGE_UNKNOWN_COMMAND'],
    [['install', 'twice'], 'USAGE_UNKNOWN_COMMAND'],
    [['constructor'], 'USAGE_UNKNOWN_COMMAND'],
  ])('refuses %j with %s', (words, code) => {
    expect(() => parseCommandLine(words, {})).toThrow(expect.objectContaining({ code }));
  });

  it('takes an empty value, as templates leave it, for none where the usual is meant then', () => {
    const withValue = Object.entries<OptionRow>(optionTable).filter(([, row]) => row.value !== undefined);
    const isNone = ([name, row]: [string, OptionRow]) => {
      const command = row.commands[0] ?? 'install';
      const empty = [
        [command, `--${name}`, ''],
        [command, `--${name}=`],
        [command, `--${name}`, ' '],
      ];
      const usual = parseCommandLine([command, '--help'], {}).values;
      return empty.every((words) => {
        try {
          const { values, given } = parseCommandLine([...words, '--help'], {});
          return JSON.stringify(values) === JSON.stringify(usual) && given.size === 1;
        } catch {
          return false;
        }
      });
    };
    expect(withValue.filter(isNone).map(([name]) => name)).toEqual([
      'claim-token',
      'claim-token-file',
      'claim-rooms',
      'claim-url',
      'claim-proxy',
      'claim-id',
      'claim-hostname',
      'claim-user',
      'wait',
      'on-claim-failure',
      'ca-file',
      'release-url',
      'release-channel',
      'bundle',
      'mirror',
      'local-build-options',
      'build-jobs',
      'wait-seconds',
      'cache-directory',
      'work-directory',
    ]);
    // Elsewhere it would be another agent, another receipt, or another Cloud.
    expect(withValue.filter((entry) => !isNone(entry)).map(([name]) => name)).toEqual([
      'install',
      'state-directory',
      'listen',
      'data',
      'tls-cert',
      'tls-key',
      'scenario',
      'ready-file',
    ]);
    expect(() => parseCommandLine(['uninstall', '--install', ''], {})).toThrow(
      expect.objectContaining({ code: 'USAGE_MISSING_VALUE' }),
    );
  });

  it('says that an empty token is none, and takes the next place that has one', () => {
    const { values, notes } = parseCommandLine(['claim', '--claim-token', ''], {
      NETDATA_CLAIM_TOKEN: 'T',
      NETDATA_CLAIM_URL: ' ',
    });
    expect(values).toMatchObject({ 'claim-token': 'T', 'claim-url': 'https://app.netdata.cloud' });
    expect(notes).toEqual([expect.stringMatching(/^--claim-token has an empty value/)]);
    expect(parseCommandLine(['--claim-rooms='], {}).notes).toEqual([]);
  });

  it.each([[['--claim-tokn', 'T0KEN']], [['-claim-token', 'T0KEN']], [['cloud', '--claim-token', 'T0KEN']]])(
    'does not repeat what follows the wrong option in %j',
    (words) => {
      expect(() => parseCommandLine(words, {})).toThrow(expect.objectContaining({ code: 'USAGE_UNKNOWN_OPTION' }));
      expect(() => parseCommandLine(words, {})).not.toThrow(/T0KEN/);
    },
  );

  it('names every option in the help, with its default', () => {
    const help = helpText();
    for (const [name, row] of Object.entries<OptionRow>(optionTable)) {
      expect(help).toContain(`--${name}`);
      if (row.default !== undefined) expect(help).toContain(`usually ${row.default}`);
    }
  });
});
