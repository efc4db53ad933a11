import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2eStage, openStage } from './stage.ts';

const nobody = { userId: 65534, groupId: 65534 };
const prefix = ['--build-only', '--install', '/opt/bad'];

describe('bad input', () => {
  let stage: E2eStage;

  beforeAll(async () => {
    stage = await openStage();
    await stage.machine.run(['sh', '-c', 'echo hello > /opt/a-file; mkdir /opt/no-tools']);
  });
  afterAll(() => stage?.close());

  async function refused(words: readonly string[], environment: Record<string, string> = {}) {
    const before = await stage.machine.changes();
    const ran = await stage.kickstart(words, { environment, cacheDirectory: null });
    expect(await stage.machine.changes()).toEqual(before);
    expect(`${ran.stdout}${ran.stderr}`).not.toContain(stage.token);
    // What happened, why, what to do next, and the code.
    expect(ran.stderr.trim().split('\n').length).toBeGreaterThanOrEqual(4);
    return ran;
  }

  it.each([
    [['--no-such-option'], 2, 'USAGE_UNKNOWN_OPTION'],
    [['--claim-token'], 2, 'USAGE_MISSING_VALUE'],
    [['--claim-rooms', 'room'], 2, 'USAGE_CONFLICT'],
    [['--disable-cloud', '--claim-token', 'T'], 2, 'USAGE_CONFLICT'],
    [['--require-cloud', '--disable-cloud'], 2, 'USAGE_CONFLICT'],
    [['--build-only', '--install', '/opt/a-file'], 3, 'HOST_PREFIX_UNWRITABLE'],
    [['--build-only', '--install', '/proc/nowhere'], 3, 'HOST_PREFIX_UNWRITABLE'],
    [['uninstall', '--install', '/opt/nothing-here'], 3, 'RECEIPT_NONE'],
    [[...prefix, '--release-url', 'http://127.0.0.1:9/releases'], 3, 'RELEASE_UNREACHABLE'],
  ])('%j ends with %i and %s', async (words, exitCode, code) => {
    const ran = await refused(words);
    expect(ran.stderr).toContain(code);
    expect(ran.exitCode).toBe(exitCode);
  });

  it('is a Cloud that is not there: nothing is begun', async () => {
    const ran = await refused([...prefix, '--claim-url', 'https://127.0.0.1:9'], { NETDATA_CLAIM_TOKEN: stage.token });
    expect(ran.stderr).toContain('CLAIM_URL_UNREACHABLE');
    expect(ran.exitCode).toBe(3);
  });

  it('is a Cloud whose CA nobody named: nothing is begun, and the option is', async () => {
    const ran = await refused([...prefix, '--claim-url', stage.cloud.url], { NETDATA_CLAIM_TOKEN: stage.token });
    expect(ran.stderr).toContain('CLAIM_URL_UNREACHABLE');
    expect(ran.stderr).toContain('--ca-file');
    expect(ran.exitCode).toBe(3);
  });

  it.each([
    ['a web page', '<html>sign in</html>', 200, 'RELEASE_LOGIN_PAGE'],
    ['an error', 'no', 500, 'RELEASE_BUSY'],
  ])('is a release server that answers %s', async (_, body, status, code) => {
    const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    // The cast: a TCP server's address is an object.
    const { port } = server.address() as AddressInfo;
    const ran = await refused([...prefix, '--release-url', `http://127.0.0.1:${port}/releases`]);
    server.close();
    expect(ran.stderr).toContain(code);
    expect(ran.exitCode).toBe(3);
  });

  it('is a disk that becomes full: what was changed is taken back', async () => {
    await stage.machine.run(['sh', '-c', 'mkdir /opt/full && mount -t tmpfs -o size=40k tmpfs /opt/full']);
    const before = await stage.machine.changes();
    const ran = await stage.kickstart(['--build-only', '--disable-cloud', '--install', '/opt/full'], { cacheDirectory: null });
    const left = await stage.machine.run(['sh', '-c', 'find /opt/full; umount /opt/full']);
    expect(ran.stderr).toMatch(/\/opt\/full\/netdata\/.* could not be written[\s\S]*The disk is full[\s\S]*HOST_WRITE_FAILED/);
    expect(ran.exitCode).toBe(4);
    expect(left.stdout).toBe('/opt/full\n');
    expect(await stage.machine.changes()).toEqual(before);
  });

  it.each([
    ['read-only', 'ro,size=100k', '/opt/state cannot be written.', 'HOST_DIRECTORY_UNUSABLE', 3],
    ['full', 'size=4k', 'The disk is full', 'HOST_WRITE_FAILED', 4],
  ])('is a %s disk for the receipt: nothing is begun', async (_, options, why, code, exitCode) => {
    await stage.machine.run([
      'sh',
      '-c',
      `mkdir -p /opt/state && mount -t tmpfs -o ${options} tmpfs /opt/state && head -c 4096 /dev/zero > /opt/state/filler`,
    ]);
    const ran = await refused([...prefix, '--state-directory', '/opt/state/ours']);
    await stage.machine.run(['umount', '/opt/state']);
    expect(ran.stderr).toContain(why);
    expect(ran.stderr).toContain(code);
    expect(ran.exitCode).toBe(exitCode);
  });

  it('is a state directory of root, for somebody else', async () => {
    await stage.machine.run(['mkdir', '-m', '700', '/opt/state-of-root']);
    const words = ['uninstall', '--state-directory', '/opt/state-of-root'];
    const ran = await stage.kickstart(words, { user: nobody });
    expect(ran.stderr).toContain('This user has no right to');
    expect(ran.stderr).toContain('HOST_WRITE_FAILED');
    expect(ran.exitCode).toBe(4);
  });

  it('is an agent archive with another checksum', async () => {
    const path = '/releases/download/v1.31.0/netdata-v1.31.0.tar.gz';
    stage.mirror.setFault(path, { replaceBody: 'not what was promised' });
    try {
      const ran = await refused(prefix);
      expect(ran.stderr).toContain('VERIFY_CHECKSUM');
      expect([3, 4]).toContain(ran.exitCode);
    } finally {
      stage.mirror.setFault(path, undefined);
    }
  });

  it('is no compiler, for a user who cannot install one', async () => {
    await stage.machine.run([
      'sh',
      '-c',
      'mkdir -m 777 /opt/of-nobody; for tool in gcc cc clang make gmake cmake; do rm -f /usr/bin/$tool; done',
    ]);
    const { exitCode, stderr } = await stage.kickstart(['--build-only', '--install', '/opt/of-nobody'], {
      user: nobody,
      environment: { HOME: '/opt/of-nobody' },
      cacheDirectory: null,
    });
    // Without cmake an agent without Cloud could be had.
    expect(stderr).toContain('Netdata v1.31.0 is built with what is not here: a C compiler, make');
    expect(stderr).toContain('Run as root: apt-get install -y gcc make;');
    expect(stderr).toContain('BUILD_TOOLS_MISSING');
    expect(exitCode).toBe(3);
    expect((await stage.machine.run(['find', '/opt/of-nobody'])).stdout).toBe('/opt/of-nobody\n');
  });
});
