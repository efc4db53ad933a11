import { afterAll, beforeAll, expect, it } from 'vitest';
import { treeOf } from '../support/scratch-directory.ts';
import { testCache } from '../support/test-cache.ts';
import { cacheOnMachine } from '../support/throwaway-machine.ts';
import { type E2eStage, openStage } from './stage.ts';

let stage: E2eStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

it('the cache of the project serves the throw-away machine, and is not changed by what happens there', async () => {
  const before = treeOf(testCache);
  const ownArchives = Object.keys(before).filter((path) => path.endsWith('/netdata-v1.31.0.tar.gz'));
  const prefix = await stage.newPrefix();
  const installed = await stage.kickstart(['--build-only', '--require-cloud', '--install', prefix.path, '--json']);
  expect(installed.exitCode).toBe(0);
  expect(installed.stdout.match(/"step-proved".*comes from the cache, verified/g)).toHaveLength(3);
  const archives = await stage.machine.run(['sh', '-c', `ls ${cacheOnMachine}/sources/*/netdata-v1.31.0.tar.gz | wc -l`]);
  expect(archives.stdout).toBe(`${ownArchives.length + 1}\n`);
  expect(treeOf(testCache)).toEqual(before);
});
