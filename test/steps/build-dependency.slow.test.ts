import { mkdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogRow, sourcesOf } from '../../src/artifacts/catalog.ts';
import { type BuildDependencyStep, buildDependency } from '../../src/steps/build-dependency.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import type { Command, System } from '../../src/system/system.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';
import { stepContext } from '../support/step-context.ts';

const packaging = new URL('../../src/standin/agent/packaging/', import.meta.url);
const version = readFileSync(new URL('jsonc.version', packaging), 'utf8').trim();
const [sha256 = '', fileName = ''] = readFileSync(new URL('jsonc.checksums', packaging), 'utf8').trim().split(/\s+/);

it("gets JSON-C from the distribution's own sources, builds it, and builds nothing the second time", async () => {
  const top = scratchDirectory();
  const commands: Command[] = [];
  const real = createRealSystem({ environment: process.env });
  const system: System = {
    ...real,
    run(command, signal) {
      commands.push(command);
      return real.run(command, signal);
    },
  };
  for (const name of ['cache', 'one', 'two']) mkdirSync(`${top}/${name}`);

  const pin = { component: 'jsonc', version, sha256, fileName };
  const sources = sourcesOf(catalogRow('jsonc'), pin, { packageManager: 'apt' }).filter(({ from }) => from === 'debian-source');
  const stepIn = (run: string): BuildDependencyStep => ({
    ...{ kind: 'build-dependency', component: 'jsonc', version, sources, archiveSha256: sha256, keep: true },
    ...{ archive: `${top}/cache/sources/${sha256}/${fileName}`, cacheDirectory: `${top}/cache`, runDirectory: `${top}/${run}` },
    ...{ workDirectory: `${top}/${run}/jsonc`, externalDirectory: `${top}/${run}/externaldeps`, stateDirectory: '/state' },
    ...{ jobs: { path: `${top}/${run}/jobs`, slots: 2 }, logPath: `${top}/${run}/log` },
  });
  const undo = await buildDependency.inspect(stepIn('one'), system);
  await buildDependency.run(stepIn('one'), stepContext(system));
  expect(await buildDependency.inspect(stepIn('one'), system)).toBeUndefined();

  const before = commands.length;
  const second = stepContext(system);
  await buildDependency.run(stepIn('two'), second);
  expect(commands.length).toBe(before);
  expect(second.said).toEqual([`JSON-C ${version} comes from the cache, verified.`]);
  const laidOut = Object.keys(treeOf(`${top}/two/externaldeps`));
  expect(laidOut).toEqual(Object.keys(treeOf(`${top}/one/externaldeps`)));
  expect(laidOut).toEqual(expect.arrayContaining(['jsonc/libjson-c.a', 'jsonc/json-c/json.h']));

  if (undo) await buildDependency.undo(undo, stepContext(system));
  expect(Object.keys(treeOf(`${top}/one`))).not.toContain('externaldeps');
  expect(Object.keys(treeOf(`${top}/cache`))).toContain(`sources/${sha256}/${fileName}`);
});
