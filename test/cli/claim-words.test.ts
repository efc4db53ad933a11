import { describe, expect, it } from 'vitest';
import { claimWords } from '../../src/cli/claim-words.ts';
import { parseCommandLine } from '../../src/cli/options.ts';

const url = 'https://app.netdata.cloud';
const given = (words: readonly string[], environment = {}) => {
  const { command, given: names, values } = parseCommandLine(words, environment);
  return { command, ...Object.fromEntries([...names].map((name) => [name, values[name]])) };
};

describe('a claim line of the manuals', () => {
  // Each is what follows the name of the program in a line of the seeds.
  it.each<[string, readonly string[], Record<string, string>]>([
    [
      'netdata-claim.sh',
      ['-token=MYTOKEN1234567', '-rooms=room1,room2'],
      { 'claim-token': 'MYTOKEN1234567', 'claim-rooms': 'room1,room2' },
    ],
    [
      'netdata-claim.sh with a URL',
      ['-token=TOKEN', '-rooms=ROOM1,ROOM2', `-url=${url}`],
      { 'claim-token': 'TOKEN', 'claim-rooms': 'ROOM1,ROOM2', 'claim-url': url },
    ],
    [
      'netdata-claim.sh with a SOCKS proxy',
      ['-token=MYTOKEN1234567', '-rooms=room1,room2', '-proxy=socks5h://127.0.0.1:11081'],
      { 'claim-token': 'MYTOKEN1234567', 'claim-rooms': 'room1,room2', 'claim-proxy': 'socks5h://127.0.0.1:11081' },
    ],
    [
      'netdata-claim.sh with a URL and a proxy',
      ['-token=MYTOKEN1234567', '-rooms=room1,room2', `-url=${url}`, '-proxy=socks5h://203.0.113.0:1080'],
      {
        'claim-token': 'MYTOKEN1234567',
        'claim-rooms': 'room1,room2',
        'claim-url': url,
        'claim-proxy': 'socks5h://203.0.113.0:1080',
      },
    ],
    [
      'netdata-claim.sh with a new id',
      ['-token=TOKEN', '-rooms=ROOM1,ROOM2', `-url=${url}`, '-id=EBF6D1DA-1F34-4A48-8A3E-2F1AA1B6F5E9'],
      {
        'claim-token': 'TOKEN',
        'claim-rooms': 'ROOM1,ROOM2',
        'claim-url': url,
        'claim-id': 'EBF6D1DA-1F34-4A48-8A3E-2F1AA1B6F5E9',
      },
    ],
    ['netdata -W', ['-W', 'claim -token=TOKEN -rooms=ROOM1,ROOM2'], { 'claim-token': 'TOKEN', 'claim-rooms': 'ROOM1,ROOM2' }],
    [
      'netdata -D -W',
      ['-D', '-W', 'claim -token=MYTOKEN1234567 -rooms=room1,room2'],
      { 'claim-token': 'MYTOKEN1234567', 'claim-rooms': 'room1,room2' },
    ],
    [
      'the daemon in docker run',
      // biome-ignore format: as it stands in the line
      ['-D', '-W', 'set', 'global', 'netdata cloud', 'enable', '-W', 'set', 'cloud', 'cloud base url', 'https://other.example', '-W', `claim -token=TOKEN -rooms=ROOM1,ROOM2 -url=${url}`],
      { 'claim-token': 'TOKEN', 'claim-rooms': 'ROOM1,ROOM2', 'claim-url': url },
    ],
    [
      'netdata-cloud.sh',
      ['--token', '5AJRdC9H.XytDT8yWZB5psoy', '--rooms', 'general,web'],
      { 'claim-token': '5AJRdC9H.XytDT8yWZB5psoy', 'claim-rooms': 'general,web' },
    ],
    [
      'kickstart.sh',
      [
        '--claim-token',
        'TOKEN',
        '--claim-rooms',
        'ROOM1,ROOM2',
        '--claim-url',
        url,
        '--claim-proxy',
        'socks5h://203.0.113.0:1080',
      ],
      { 'claim-token': 'TOKEN', 'claim-rooms': 'ROOM1,ROOM2', 'claim-url': url, 'claim-proxy': 'socks5h://203.0.113.0:1080' },
    ],
    [
      'kickstart.sh on macOS',
      ['--install', '/usr/local/', '--claim-token', 'TOKEN', '--claim-rooms', 'ROOM1,ROOM2', '--claim-url', url],
      { install: '/usr/local/', 'claim-token': 'TOKEN', 'claim-rooms': 'ROOM1,ROOM2', 'claim-url': url },
    ],
  ])('of %s is understood by kickstart claim', (_, words, values) => {
    expect(given(['claim', ...words])).toEqual({ command: 'claim', ...values });
  });

  it('is understood from the variables of the docker image', () => {
    const environment = {
      NETDATA_CLAIM_TOKEN: 'TOKEN',
      NETDATA_CLAIM_URL: url,
      NETDATA_CLAIM_ROOMS: 'ROOM1,ROOM2',
      NETDATA_CLAIM_PROXY: 'PROXY',
    };
    expect(parseCommandLine(['claim'], environment).values).toMatchObject({
      'claim-token': 'TOKEN',
      'claim-url': url,
      'claim-rooms': 'ROOM1,ROOM2',
      'claim-proxy': 'PROXY',
    });
  });
});

describe('the options of the claiming script', () => {
  it.each<[string, Record<string, string>]>([
    ['-token=a=b=', { 'claim-token': 'a=b=' }],
    ['-rooms=', { 'claim-rooms': ',' }],
    ['-url=', {}],
    ['-proxy=', {}],
    ['-hostname=web 1', { 'claim-hostname': 'web 1' }],
    ['-user=netdata', { 'claim-user': 'netdata' }],
    ['-noproxy', { 'claim-noproxy': 'true' }],
    ['-noreload', { 'claim-noreload': 'true' }],
    ['-insecure', { 'claim-insecure': 'true' }],
    ['-verbose', { 'claim-verbose': 'true' }],
    ['-daemon-not-running', { 'claim-daemon-not-running': 'true' }],
    ['--noreload', { 'claim-noreload': 'true' }],
    ['--token=--dashes', { 'claim-token': '--dashes' }],
  ])('"%s" has its meaning', (word, values) => {
    expect(given(['claim', word])).toEqual({ command: 'claim', ...values });
  });

  it('can stand before the word claim, after options with values', () => {
    expect(given(['--json', '--install', '/opt', 'claim', '-token=T'])).toMatchObject({ command: 'claim', 'claim-token': 'T' });
  });

  it.each<[readonly string[], string]>([
    [['-tokn=T0KEN'], 'Unknown argument -tokn=…'],
    [['-token', 'T0KEN'], 'Unknown argument -token'],
    [['-noproxy=T0KEN'], 'Unknown argument -noproxy=…'],
    [['-x'], 'Unknown argument -x'],
    [['-W', 'frobnicate T0KEN'], 'Unknown argument -W frobnicate'],
    [['-W', 'set', 'cloud'], 'Unknown argument -W set'],
    [['-W', 'claim -tokn=T0KEN'], 'Unknown argument -tokn=…'],
  ])('%j is the mistake that the script says it is', (words, what) => {
    expect(() => parseCommandLine(['claim', ...words], {})).toThrow(
      expect.objectContaining({ code: 'USAGE_UNKNOWN_OPTION', what }),
    );
  });

  it('are for kickstart claim only', () => {
    expect(() => parseCommandLine(['-token=T0KEN'], {})).toThrow(
      expect.objectContaining({ code: 'USAGE_UNKNOWN_OPTION', next: expect.stringContaining('kickstart claim') }),
    );
  });

  it('name settings of the daemon that are no part of a claim', () => {
    expect(claimWords(['-W', 'set', 'web', 'mode', 'none', '-token=T'])).toEqual({
      words: ['--claim-token=T'],
      notes: ['The setting [web] mode of -W set is not one of a claim: set it in the configuration of the agent.'],
    });
    expect(claimWords(['-W', 'set2', 'cloud', 'global', 'enabled', 'yes'])).toEqual({ words: [], notes: [] });
  });

  it('are never read from a word that an option of ours needs', () => {
    expect(given(['claim', '--claim-token', '-token=T'])).toEqual({ command: 'claim', 'claim-token': '-token=T' });
  });
});

describe('$NETDATA_EXTRA_CLAIM_OPTS', () => {
  const environment = {
    NETDATA_EXTRA_CLAIM_OPTS: ' -insecure  -url=https://extra.example ',
    NETDATA_CLAIM_URL: 'https://environment.example',
  };

  it('is stronger than the other variables, and weaker than the command line', () => {
    const { values, given: names } = parseCommandLine(['claim'], environment);
    expect(values).toMatchObject({ 'claim-insecure': 'true', 'claim-url': 'https://extra.example' });
    expect([...names]).toEqual([]);
    const line = parseCommandLine(['claim', '-url=https://option.example'], environment);
    expect(line.values['claim-url']).toBe('https://option.example');
  });

  it('is named when there is a mistake in it', () => {
    const mistaken = { NETDATA_EXTRA_CLAIM_OPTS: '-insecur' };
    const what = '$NETDATA_EXTRA_CLAIM_OPTS cannot be used. Unknown argument -insecur';
    expect(() => parseCommandLine([], mistaken)).toThrow(expect.objectContaining({ code: 'USAGE_UNKNOWN_OPTION', what }));
    expect(() => parseCommandLine(['claim'], { NETDATA_EXTRA_CLAIM_OPTS: 'insecure' })).toThrow(
      expect.objectContaining({ code: 'USAGE_UNKNOWN_COMMAND' }),
    );
  });

  it('is nothing to a command that does not claim', () => {
    expect(parseCommandLine(['cloud'], { NETDATA_EXTRA_CLAIM_OPTS: '-insecur' }).command).toBe('cloud');
  });
});
