import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { run } from '../../../src/cli/run.ts';
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
  expect(printed().output).toContain(
    `It listens at ${url}, and trusts nobody but the CA that it made: ${workingDirectory}/data/`,
  );
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
