import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { run } from '../../../src/cli/run.ts';
import { newAuthority, newServer } from '../../../src/standin/cloud/certificate.ts';
import { createRealSystem } from '../../../src/system/real-system.ts';
import { fakeWorld } from '../../support/fake-world.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

test('kickstart cloud says where it is, answers there, and ends with 0 when it is stopped', async () => {
  const workingDirectory = scratchDirectory();
  const system = createRealSystem({ environment: {} });
  const stop = new AbortController();
  const { printed, ...world } = fakeWorld({}, { workingDirectory, signal: stop.signal });
  const words = ['cloud', '--listen', '127.0.0.1:0', '--data', 'data', '--ready-file', 'ready'];
  const ended = run(words, { ...world, system });
  await vi.waitUntil(() => existsSync(join(workingDirectory, 'ready')), { timeout: 20_000, interval: 20 });
  const url = readFileSync(join(workingDirectory, 'ready'), 'utf8').trim();
  expect(printed().output).toContain(`It listens at ${url}, where its page is too.`);
  expect(printed().output).toContain(`To trust it: --ca-file ${workingDirectory}/data/ca.pem for kickstart`);
  const claim = `--claim-token-file FILE --claim-url ${url} --ca-file '${workingDirectory}/data/ca.pem'`;
  expect(printed().output).toContain(`Claim an agent that is here, with the token in FILE: kickstart claim ${claim}\n`);
  expect(printed().output).toContain(`Install an agent below PREFIX and claim it: kickstart --install PREFIX ${claim}\n`);
  const answer = await system.get({ url: `${url}/api/v1/env`, caFile: join(workingDirectory, 'data/ca.pem') });
  expect(answer.status).toBe(200);
  stop.abort();
  expect(await ended).toBe(0);
  await expect(system.get({ url })).rejects.toMatchObject({ reason: 'refused' });
});

test.each(['8443', '127.0.0.1:', '127.0.0.1:65536', ':8443'])(
  'kickstart cloud cannot listen on %j, and says so',
  async (address) => {
    const world = fakeWorld();
    expect(await run(['cloud', '--listen', address], world)).toBe(2);
    expect(world.printed().complaints).toContain(`--listen ${address} is no address with a port.`);
  },
);

test.each([
  ['file', 'It is a file, and must be a directory.'],
  ['file/data', 'A part of the path is a file, and must be a directory.'],
  ['directory', 'A directory is there where a file must be.'],
  ['dangling', 'It is a link that leads nowhere, or in a circle.'],
  ['dangling/data', 'It is a link that leads nowhere, or in a circle.'],
])('kickstart cloud cannot keep anything in --data %s, and says why', async (data, why) => {
  const workingDirectory = scratchDirectory();
  writeFileSync(join(workingDirectory, 'file'), '');
  symlinkSync('/nowhere/at/all', join(workingDirectory, 'dangling'));
  mkdirSync(join(workingDirectory, 'directory/ca.key'), { recursive: true });
  const { printed, ...world } = fakeWorld({}, { workingDirectory });
  const words = ['cloud', '--listen', '127.0.0.1:0', '--data', data];
  expect(await run(words, { ...world, system: createRealSystem({ environment: {} }) })).toBe(3);
  expect(printed().complaints).toContain(`The Cloud cannot start with ${workingDirectory}/${data}.\n${why}\n`);
});

test('kickstart cloud ends, and listens no longer, when its ready file cannot be written', async () => {
  const workingDirectory = scratchDirectory();
  const { printed, ...world } = fakeWorld({}, { workingDirectory });
  const words = ['cloud', '--listen', '127.0.0.1:0', '--data', 'data', '--ready-file', 'nowhere/ready'];
  expect(await run(words, { ...world, system: createRealSystem({ environment: {} }) })).toBe(2);
  expect(printed().complaints).toContain(`--ready-file ${workingDirectory}/nowhere/ready cannot be written.\n`);
  const [, url = ''] = /It listens at (https:\S+),/.exec(printed().output) ?? [];
  await expect(createRealSystem({ environment: {} }).get({ url })).rejects.toMatchObject({ reason: 'refused' });
});

test('kickstart cloud ends at once where the kernel makes no directories, as in /proc', async () => {
  const { printed, ...world } = fakeWorld();
  const words = ['cloud', '--listen', '127.0.0.1:0', '--data', '/proc/kickstart-cloud/data'];
  expect(await run(words, { ...world, system: createRealSystem({ environment: {} }) })).toBe(3);
  expect(printed().complaints).toContain(
    'The Cloud cannot start with /proc/kickstart-cloud/data.\nThe directory cannot be made there.\n',
  );
});

describe('the first start', () => {
  it('shows the password and the token once, to people', async () => {
    const workingDirectory = scratchDirectory();
    const first = await printedBy(['--data', 'data'], workingDirectory);
    expect(first.output).toMatch(
      /administrator {2}admin, with the password [0-9a-f]{24}\n {2}claim token {4}[0-9a-f]{64}, of the space "/,
    );
    const { output } = await printedBy(['--data', 'data'], workingDirectory);
    expect(output).not.toContain('administrator');
    expect(output).toContain(
      `"$(cat '${workingDirectory}/data/admin-token')" | curl --cacert '${workingDirectory}/data/ca.pem' -H @- -X POST`,
    );
  });

  it('keeps them out of the log, and of what a program keeps that waits for the ready file', async () => {
    const json = await printedBy(['--data', 'data', '--json'], scratchDirectory());
    expect(json.output).not.toContain('password');
    expect(json.complaints).toMatch(/with the password [0-9a-f]{24}/);
    const lines = json.output.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['listening', 'stopped']);
    const waited = await printedBy(['--data', 'data', '--ready-file', 'ready'], scratchDirectory());
    expect(waited.output + waited.complaints).not.toContain('with the password');
  });
});

describe('a certificate from elsewhere', () => {
  it('is shown instead of our own', async () => {
    const { directory } = await filesOfPair();
    const words = ['--data', 'data', '--tls-cert', 'server.pem', '--tls-key', 'server.key', '--ready-file', 'ready'];
    const printed = await printedBy(words, directory, async (url) => {
      const system = createRealSystem({ environment: {} });
      expect((await system.get({ url: `${url}/api/v1/env`, caFile: join(directory, 'ca.pem') })).status).toBe(200);
    });
    expect(printed.output).toContain(`It shows the certificate in ${directory}/server.pem`);
  });

  it.each([
    ['alone', ['--tls-cert', 'server.pem'], 'There is --tls-cert alone.'],
    ['that is not there', ['--tls-cert', 'none.pem', '--tls-key', 'server.key'], 'none.pem cannot be used.'],
    ['that is none', ['--tls-cert', 'server.key', '--tls-key', 'server.key'], 'server.key cannot be used.'],
    ['of another key', ['--tls-cert', 'server.pem', '--tls-key', 'other.key'], 'The key in other.key is not the one'],
  ])('%s is refused, and nothing is made', async (_name, words, why) => {
    const { directory } = await filesOfPair();
    const world = fakeWorld({}, { workingDirectory: directory });
    const system = createRealSystem({ environment: {} });
    expect(await run(['cloud', '--data', 'data', '--listen', '127.0.0.1:0', ...words], { ...world, system })).toBe(2);
    expect(world.printed().complaints).toContain(why);
    expect(existsSync(join(directory, 'data'))).toBe(false);
  });
});

describe('a scenario', () => {
  it('is in force from the first request on', async () => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, 'scenario.json'), '[{"endpoint": "env", "status": 502, "times": 1}]');
    const words = ['--data', 'data', '--scenario', 'scenario.json', '--ready-file', 'ready'];
    await printedBy(words, directory, async (url) => {
      const system = createRealSystem({ environment: {} });
      const ask = async () => (await system.get({ url: `${url}/api/v1/env`, caFile: join(directory, 'data/ca.pem') })).status;
      expect([await ask(), await ask()]).toEqual([502, 200]);
    });
  });

  it('with a mistake in it is refused by the step', async () => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, 'scenario.json'), '[{"endpoint": "ping", "hang": true}, {"endpoint": "env", "statsu": 503}]');
    const world = fakeWorld({}, { workingDirectory: directory });
    const system = createRealSystem({ environment: {} });
    expect(await run(['cloud', '--scenario', 'scenario.json'], { ...world, system })).toBe(2);
    expect(world.printed().complaints).toContain('Step 2: statsu cannot be said of env, only ');
  });
});

test('a port that is taken is a mistake of the command line', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo; // of a TCP server that listens
  const workingDirectory = scratchDirectory();
  const world = fakeWorld({}, { workingDirectory });
  const system = createRealSystem({ environment: {} });
  expect(await run(['cloud', '--data', 'data', '--listen', `127.0.0.1:${port}`], { ...world, system })).toBe(2);
  expect(world.printed().complaints).toContain('Another program listens there');
  // The first start that comes up is the one that shows the password.
  expect((await printedBy(['--data', 'data'], workingDirectory)).output).toMatch(/with the password [0-9a-f]{24}/);
});

/** Starts a Cloud, does what is to be done with it, stops it, and gives what it has printed. */
async function printedBy(words: readonly string[], workingDirectory: string, use?: (url: string) => Promise<void>) {
  const stop = new AbortController();
  const { printed, ...world } = fakeWorld({}, { workingDirectory, signal: stop.signal });
  const system = createRealSystem({ environment: {} });
  const ended = run(['cloud', '--listen', '127.0.0.1:0', ...words], { ...world, system });
  const isReady = () => existsSync(join(workingDirectory, 'ready')) || /Ctrl-C|"listening"/.test(printed().output);
  await vi.waitUntil(isReady, { timeout: 20_000, interval: 5 });
  if (use !== undefined) {
    await vi.waitUntil(() => existsSync(join(workingDirectory, 'ready')), { timeout: 20_000, interval: 5 });
    await use(readFileSync(join(workingDirectory, 'ready'), 'utf8').trim());
  }
  stop.abort();
  expect(await ended).toBe(0);
  return printed();
}

async function filesOfPair() {
  const directory = scratchDirectory();
  const authority = await newAuthority();
  const server = await newServer(authority, ['127.0.0.1']);
  const other = await newServer(authority, ['127.0.0.1']);
  writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  writeFileSync(join(directory, 'server.pem'), server.certificate);
  writeFileSync(join(directory, 'server.key'), server.key);
  writeFileSync(join(directory, 'other.key'), other.key);
  return { directory };
}
