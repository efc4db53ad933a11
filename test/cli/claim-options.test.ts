import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { claimPrecedence } from '../../src/cli/claim-precedence.ts';
import { helpText } from '../../src/cli/help.ts';
import { installOptions } from '../../src/cli/install-options.ts';
import { parseCommandLine } from '../../src/cli/options.ts';
import { Secret } from '../../src/system/secret.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem } from '../support/fake-system.ts';

interface Surroundings {
  environment?: Record<string, string>;
  files?: Record<string, FakeEntry>;
  input?: string;
}

async function claimOf(words: readonly string[], { environment = {}, files = {}, input = '' }: Surroundings = {}) {
  const advice: string[] = [];
  const system = createFakeSystem({ files, owner: { userId: 0, groupId: 0 } });
  const standpoint = {
    ...{ workingDirectory: '/work', environment },
    standardInput: async () => input,
    advise: (text: string) => void advice.push(text),
  };
  const { claim, claimOnly } = await installOptions(parseCommandLine(words, environment), standpoint, system);
  return { claim, claimOnly, advice, token: claim && Secret.reveal(claim.token) };
}

const inEnvironment = { environment: { NETDATA_CLAIM_TOKEN: 'of-environment' } };
const id = 'EBF6D1DA-1F34-4A48-8A3E-2F1AA1B6F5E9';

describe('a claim', () => {
  it('is plain when nothing but a token is given', async () => {
    const { claim, claimOnly, advice } = await claimOf([], inEnvironment);
    expect(claim).toEqual({
      token: expect.any(Secret),
      tokenFrom: '$NETDATA_CLAIM_TOKEN',
      rooms: [],
      url: 'https://app.netdata.cloud',
      ...{ newId: false, proxy: { from: 'agent' }, configureProxy: false, insecure: false },
      ...{ reload: true, daemonRuns: true, verbose: false, wait: 'online', onFailure: 'keep' },
    });
    expect({ claimOnly, advice }).toEqual({ claimOnly: false, advice: [] });
  });

  it.each([[['claim']], [['--claim-only']]])('installs nothing with %j', async (words) => {
    expect((await claimOf(words, inEnvironment)).claimOnly).toBe(true);
  });

  it.each<[readonly string[], object]>([
    [['--claim-rooms', ' room1 , ,room2,'], { rooms: ['room1', 'room2'] }],
    [['--claim-rooms', 'room1;room2 room3\troom1'], { rooms: ['room1', 'room2', 'room3'] }],
    [
      ['--claim-rooms', 'D0A1B2C3-0123-4567-89AB-CDEF01234567;d0a1b2c3-0123-4567-89ab-cdef01234567'],
      { rooms: ['d0a1b2c3-0123-4567-89ab-cdef01234567'] },
    ],
    [['--claim-rooms='], { rooms: [] }],
    [['--claim-url=https://cloud.example/x/'], { url: 'https://cloud.example/x' }],
    [['--claim-url=HTTPS://Cloud.Example:443/'], { url: 'https://cloud.example' }],
    [['--claim-id', id], { id: id.toLowerCase(), newId: false }],
    [['--new-id'], { newId: true }],
    [['--claim-hostname', `web "1" – Ülm's`], { hostname: `web "1" – Ülm's` }],
    [['--claim-user', 'monitor'], { user: 'monitor' }],
    [['--claim-insecure', '--claim-verbose'], { insecure: true, verbose: true }],
    [['--claim-proxy', 'none'], { proxy: { from: 'none' } }],
    [['--claim-noproxy'], { proxy: { from: 'none' } }],
    [['--claim-proxy=env'], { proxy: { from: 'environment' } }],
    [['--claim-proxy=http://p.example:3128', '--claim-proxy-configure'], { configureProxy: true }],
    [['--claim-noproxy', '--claim-proxy-configure'], { configureProxy: true }],
    [['--claim-noreload'], { reload: false, wait: 'none' }],
    [['--claim-daemon-not-running'], { daemonRuns: false, wait: 'none' }],
    [['--wait', 'claimed'], { wait: 'claimed' }],
    [['--on-claim-failure=undo'], { onFailure: 'undo' }],
  ])('has what %j says', async (words, wanted) => {
    expect((await claimOf(words, inEnvironment)).claim).toMatchObject(wanted);
  });

  it('has its token and the login of its proxy as secrets from the start', async () => {
    const { claim } = await claimOf(['--claim-token=T0KEN', '--claim-proxy', 'socks5h://ann:s3cret@p.example:1080']);
    expect(JSON.stringify(claim)).not.toMatch(/T0KEN|s3cret/);
    const proxy = claim?.proxy;
    expect(proxy?.from === 'option' && Secret.reveal(proxy.url)).toBe('socks5h://ann:s3cret@p.example:1080');
  });

  it('has a token with every printable character as it was typed', async () => {
    const every = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index)).trim();
    expect((await claimOf([`--claim-token=${every}`])).token).toBe(every);
    expect((await claimOf(['--claim-token', every])).token).toBe(every);
    expect((await claimOf(['--claim-token=--x'])).token).toBe('--x');
    expect((await claimOf([], { environment: { NETDATA_CLAIM_TOKEN: every } })).token).toBe(every);
  });
});

describe('what was typed is what a claim has', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((text) => !/\p{Cc}/u.test(text) && text === text.trim() && text !== '');

  it('of tokens and names of any printable characters', async () => {
    await fc.assert(
      fc.asyncProperty(line, line, async (token, hostname) => {
        const ours = await claimOf([`--claim-token=${token}`, `--claim-hostname=${hostname}`]);
        expect({ token: ours.token, hostname: ours.claim?.hostname }).toEqual({ token, hostname });
        const script = await claimOf(['claim', `-token=${token}`, `-hostname=${hostname}`]);
        expect({ token: script.token, hostname: script.claim?.hostname }).toEqual({ token, hostname });
        expect((await claimOf([], { environment: { NETDATA_CLAIM_TOKEN: token } })).token).toBe(token);
        expect((await claimOf(['--claim-token-stdin'], { input: token })).token).toBe(token);
      }),
      { numRuns: 50 },
    );
  });

  it('of rooms, but for the blanks around them', async () => {
    const room = line.filter((text) => !/[,; ]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(room, { minLength: 1 }), async (rooms) => {
        const { claim } = await claimOf([`--claim-rooms=${rooms.join(' ; ')}`], inEnvironment);
        expect(claim?.rooms).toEqual(rooms);
      }),
      { numRuns: 50 },
    );
  });
});

test('a link that the user of the agent has put in the place of its rooms or token is not followed', async () => {
  const files = {
    '/etc/shadow': 'root:secret',
    '/var/lib/netdata/cloud.d/rooms': { link: '/etc/shadow' },
    '/var/lib/netdata/cloud.d/token': { link: '/etc/shadow' },
  };
  expect((await claimOf(['claim', '--claim-token', 'T0KEN'], { files })).claim?.rooms).toEqual([]);
  await expect(claimOf(['claim'], { files })).rejects.toMatchObject({ code: 'USAGE_CLAIM_TOKEN_MISSING' });
});

describe('where the values of a claim come from', () => {
  // Each line of the table loses one more place.
  const files = {
    '/token': { content: 'of-file\n', mode: 0o600 },
    '/run/credentials/x/netdata-claim-token': 'of-credential\n',
    '/var/lib/netdata/cloud.d/token': 'of-agent\n',
    '/var/lib/netdata/cloud.d/rooms': 'room-of-agent\n',
    '/etc/netdata/claim.d/token': 'of-old-agent',
  };
  const environment = {
    CREDENTIALS_DIRECTORY: '/run/credentials/x',
    NETDATA_EXTRA_CLAIM_OPTS: '-token=of-extra -rooms=room-of-extra',
    NETDATA_CLAIM_TOKEN: 'of-environment',
    NETDATA_CLAIM_ROOMS: 'room-of-environment',
  };
  const { CREDENTIALS_DIRECTORY: _, ...withoutCredential } = environment;
  const { NETDATA_EXTRA_CLAIM_OPTS: __, ...withoutExtra } = withoutCredential;
  const { '/var/lib/netdata/cloud.d/token': ___, ...oldAgent } = files;

  it.each<[string, readonly string[], Surroundings, { token: string; rooms?: readonly string[] }]>([
    ['the command line', ['claim', '-token=given', '-rooms=room'], { environment, files }, { token: 'given', rooms: ['room'] }],
    ['a file that is named', ['claim', '--claim-token-file', '/token'], { environment, files }, { token: 'of-file' }],
    ['standard input', ['claim', '--claim-token-stdin'], { environment, files, input: 'of-input' }, { token: 'of-input' }],
    ['the credential', ['claim'], { environment, files }, { token: 'of-credential' }],
    ['the extra options', ['claim'], { environment: withoutCredential, files }, { token: 'of-extra', rooms: ['room-of-extra'] }],
    [
      'the environment',
      ['claim'],
      { environment: withoutExtra, files },
      { token: 'of-environment', rooms: ['room-of-environment'] },
    ],
    ['the files of the agent', ['claim'], { files }, { token: 'of-agent', rooms: ['room-of-agent'] }],
    ['the files of an old agent', ['claim'], { files: oldAgent }, { token: 'of-old-agent' }],
  ])('is %s, before all that come after it', async (_place, words, surroundings, { token, rooms }) => {
    const found = await claimOf(words, surroundings);
    expect(found.token).toBe(token);
    if (rooms !== undefined) expect(found.claim?.rooms).toEqual(rooms);
  });

  it('is for the URL the Cloud of the agent before the usual one', async () => {
    const conf = { '/var/lib/netdata/cloud.d/cloud.conf': '[global]\n  cloud base url = https://own.example/\n' };
    expect((await claimOf(['claim'], { ...inEnvironment, files: conf })).claim?.url).toBe('https://own.example');
    const broken = { '/var/lib/netdata/cloud.d/cloud.conf': '[global]\n  cloud base url = own.example:8443\n' };
    expect((await claimOf(['claim'], { ...inEnvironment, files: broken })).claim?.url).toBe('https://app.netdata.cloud');
  });

  it('is for the rooms a file of the agent only when the claim is to the Cloud they are of', async () => {
    const moved = { ...files, '/var/lib/netdata/cloud.d/cloud.conf': '[global]\n  cloud base url = https://own.example/\n' };
    expect((await claimOf(['claim'], { files: moved })).claim?.rooms).toEqual(['room-of-agent']);
    expect((await claimOf(['claim', '-url=https://own.example'], { files: moved })).claim?.rooms).toEqual(['room-of-agent']);
    expect((await claimOf(['claim', '-url=https://other.example'], { files: moved })).claim?.rooms).toEqual([]);
  });

  it('is for the rooms cloud.conf of an agent that claims itself, which has them nowhere else once it is claimed', async () => {
    const conf = '[global]\n  url = https://own.example\n  rooms = room-of-claim,other-room\n';
    const claimed = { '/var/lib/netdata/cloud.d/cloud.conf': conf };
    expect((await claimOf(['claim'], { ...inEnvironment, files: claimed })).claim?.rooms).toEqual([
      'room-of-claim',
      'other-room',
    ]);
    expect((await claimOf(['claim', '-rooms='], { ...inEnvironment, files: claimed })).claim?.rooms).toEqual([]);
    const elsewhere = ['claim', '-url=https://other.example'];
    expect((await claimOf(elsewhere, { ...inEnvironment, files: claimed })).claim?.rooms).toEqual([]);
    const linked = { '/secret': conf, '/var/lib/netdata/cloud.d/cloud.conf': { link: '/secret' } };
    expect((await claimOf(['claim'], { ...inEnvironment, files: linked })).claim?.rooms).toEqual([]);
  });

  it('lets no proxy and no id of a weaker place stand beside those of a stronger one', async () => {
    const weaker = {
      ...inEnvironment.environment,
      NETDATA_CLAIM_PROXY: 'http://p.example',
      NETDATA_EXTRA_CLAIM_OPTS: `-id=${id}`,
    };
    const { claim } = await claimOf(['--claim-noproxy', '--new-id'], { environment: weaker });
    expect(claim).toMatchObject({ proxy: { from: 'none' }, newId: true });
    expect(claim).not.toHaveProperty('id');
  });

  it('makes no claim of an install because an agent has a token in a file', async () => {
    expect((await claimOf([], { files })).claim).toBeUndefined();
  });

  it('is said in the help and in the README, in the same words', async () => {
    const { readFile } = await import('node:fs/promises');
    const readme = (await readFile(new URL('../../README.md', import.meta.url), 'utf8')).replace(/\s+/g, ' ');
    for (const place of claimPrecedence) {
      expect(helpText()).toContain(place);
      expect(readme).toContain(place);
    }
  });
});

describe('what a claim advises', () => {
  test('is to keep the token out of the list of processes', async () => {
    expect((await claimOf(['--claim-token', 'T'])).advice).toEqual([
      'A token on the command line can be read by every user of this machine while kickstart runs. $NETDATA_CLAIM_TOKEN, --claim-token-file or --claim-token-stdin keep it out of there.',
    ]);
  });

  test('is to close a file with a token that everybody can read', async () => {
    const files = { '/work/token': { content: 'T', mode: 0o644 } };
    expect((await claimOf(['--claim-token-file', 'token'], { files })).advice).toEqual([
      '/work/token can be read by every user of this machine, and has a claim token in it: chmod 600 /work/token',
    ]);
  });
});

describe('a claim is refused', () => {
  const tokenNeeded = 'Invalid claiming options, a claiming token must be specified.';
  it.each<[readonly string[], string, string]>([
    [['claim'], 'USAGE_CLAIM_TOKEN_MISSING', tokenNeeded],
    [['--claim-only'], 'USAGE_CLAIM_TOKEN_MISSING', tokenNeeded],
    [['--claim-insecure'], 'USAGE_CONFLICT', tokenNeeded],
    [['--claim-url', 'https://x.example'], 'USAGE_CONFLICT', tokenNeeded],
    [
      ['--claim-rooms', 'R'],
      'USAGE_CONFLICT',
      'Invalid claiming options, claim rooms may only be specified when a token is specified.',
    ],
    [['--claim-token=T', '--claim-token-stdin'], 'USAGE_CONFLICT', '--claim-token and --claim-token-stdin are both there.'],
    [['--claim-token-file', 'nowhere'], 'USAGE_INVALID_VALUE', '--claim-token-file /work/nowhere cannot be read.'],
    [['--claim-token-stdin'], 'USAGE_INVALID_VALUE', '--claim-token-stdin gives no claim token.'],
    [['--claim-token=a\nb'], 'USAGE_INVALID_VALUE', '--claim-token gives no claim token.'],
    [['--claim-token=T', '--claim-id', id, '--new-id'], 'USAGE_CONFLICT', '--claim-id and --new-id contradict each other.'],
    [
      ['--claim-token=T', '--claim-proxy', 'http://p.example', '--claim-noproxy'],
      'USAGE_CONFLICT',
      '--claim-proxy and --claim-noproxy contradict each other.',
    ],
    [
      ['--claim-token=T', '--claim-proxy-configure'],
      'USAGE_CONFLICT',
      '--claim-proxy-configure has no proxy to write into the configuration of the agent.',
    ],
    [
      ['--claim-token=T', '--wait=online', '--claim-noreload'],
      'USAGE_CONFLICT',
      '--wait and --claim-noreload contradict each other.',
    ],
    [['--claim-token=T', '--wait', 'soon'], 'USAGE_INVALID_VALUE', 'Invalid value for --wait: soon.'],
    [['--claim-token=T', '--on-claim-failure', 'cry'], 'USAGE_INVALID_VALUE', 'Invalid value for --on-claim-failure: cry.'],
    [['--claim-token=T', '--claim-id', 'node1'], 'USAGE_INVALID_VALUE', '--claim-id is no UUID.'],
    [['--claim-token=T', '--claim-hostname', 'a\nb'], 'USAGE_INVALID_VALUE', '--claim-hostname is no name.'],
    [
      ['--claim-token=T', '--claim-rooms', 'a\n    insecure = yes'],
      'USAGE_INVALID_VALUE',
      '--claim-rooms (or the file rooms of the agent) has no list of rooms.',
    ],
    [['--claim-token=T', '--claim-user', 'a b'], 'USAGE_INVALID_VALUE', '--claim-user is no name of a user.'],
    [
      ['--claim-token=T', '--claim-proxy', 'ann:s3cret@p.example:3128'],
      'USAGE_INVALID_VALUE',
      '--claim-proxy (or $NETDATA_CLAIM_PROXY) is no proxy that an agent knows.',
    ],
  ])('for %j', async (words, code, what) => {
    await expect(claimOf(words)).rejects.toMatchObject({ code, what });
    await expect(claimOf(words)).rejects.not.toThrow(/s3cret/);
  });
});
