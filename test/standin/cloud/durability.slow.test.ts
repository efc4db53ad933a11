import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCode } from '../../../src/system/error-code.ts';
import { type CloudProcess, startCloudProcess } from './cloud-process.ts';
import { nodeId } from './desk.ts';
import { claimBody, newDirectory } from './test-cloud.ts';

function claim(cloud: CloudProcess, id: string, token: string): Promise<number> {
  const body = claimBody({ token, rooms: [] }, id);
  return cloud.ask('PUT', `/api/v1/spaces/nodes/${id}`, body).then(({ status }) => status);
}

async function nodesOf(cloud: CloudProcess): Promise<ReadonlySet<string>> {
  const { nodes } = JSON.parse((await cloud.ask('GET', '/standin/v1/nodes')).body);
  return new Set(nodes.map(({ id }: { id: string }) => id));
}

it.each([20, 77, 200])('no claim that was acknowledged is lost when the Cloud is killed after %d of them', async (count) => {
  const data = await newDirectory();
  const cloud = await startCloudProcess(data);
  const token = cloud.first?.token ?? '';
  const acknowledged: string[] = [];
  const killed = Promise.withResolvers<void>();
  const ids = Array.from({ length: 600 }, (_, index) => nodeId(index));
  const claims = ids.map(async (id) => {
    if ((await claim(cloud, id, token)) !== 204) return;
    acknowledged.push(id);
    if (acknowledged.length === count) cloud.kill().then(killed.resolve, killed.reject);
  });
  const outcomes = await Promise.allSettled(claims);
  await killed.promise;
  expect(acknowledged.length).toBeGreaterThanOrEqual(count);
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);

  const kept = await nodesOf(await startCloudProcess(data));
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
});

it('a full disk is answered with 503, and claims are taken again when there is room', async () => {
  const data = await newDirectory();
  const mount = ['sh', '-c', 'mount -t tmpfs -o size=3m tmpfs "$0" && exec "$@"', data];
  const cloud = await startCloudProcess(data, ['unshare', '--map-root-user', '--mount', ...mount]);
  const token = cloud.first?.token ?? '';
  const seen = `/proc/${cloud.processId}/root${data}`;
  expect(await claim(cloud, nodeId(0), token)).toBe(204);

  fillUp(`${seen}/ballast`);
  const full = await Promise.all(Array.from({ length: 400 }, (_, index) => claim(cloud, nodeId(index + 1), token)));
  expect(full.at(-1)).toBe(503);
  expect(full.filter((status) => status !== 204 && status !== 503)).toEqual([]);
  expect((await cloud.ask('GET', '/api/v1/env')).status).toBe(200);
  expect((await cloud.ask('GET', '/standin/v1/spaces')).status).toBe(200);

  rmSync(`${seen}/ballast`);
  expect(await claim(cloud, nodeId(9999), token)).toBe(204);
  expect((await nodesOf(cloud)).size).toBe(2 + full.filter((status) => status === 204).length);
});

function fillUp(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const block of [Buffer.alloc(64 * 1024), Buffer.alloc(1)]) {
      for (let blocks = 0; blocks < 100_000; blocks++) writeSync(file, block);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}
