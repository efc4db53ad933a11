import { mkdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogRow, sourcesOf } from '../../src/artifacts/catalog.ts';
import { type BuildDependencyStep, buildDependency } from '../../src/steps/build-dependency.ts';
import { fetchArtifact } from '../../src/steps/fetch-artifact.ts';
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
  const context = stepContext(system);
  for (const name of ['cache', 'work', 'agent', 'other']) mkdirSync(`${top}/${name}`);

  const debian = sourcesOf(catalogRow('jsonc'), { component: 'jsonc', version, sha256, fileName }, 'apt').slice(1);
  const path = `${top}/cache/sources/${sha256}/${fileName}`;
  await fetchArtifact.run(
    { kind: 'fetch-artifact', title: 'JSON-C', sources: debian, sha256, path, workDirectory: `${top}/work`, keep: true },
    context,
  );

  const step: BuildDependencyStep = {
    ...{ kind: 'build-dependency', component: 'jsonc', version, archive: path, archiveSha256: sha256, keep: true, jobs: 2 },
    ...{
      workDirectory: `${top}/work/jsonc`,
      cacheDirectory: `${top}/cache`,
      agentSourceDirectory: `${top}/agent`,
      logPath: `${top}/work/log`,
    },
  };
  const undo = await buildDependency.inspect(step, system);
  await buildDependency.run(step, context);
  expect(await buildDependency.inspect(step, system)).toBeUndefined();

  const before = commands.length;
  await buildDependency.run({ ...step, agentSourceDirectory: `${top}/other`, workDirectory: `${top}/work/again` }, context);
  expect(commands.length).toBe(before);
  const laidOut = Object.keys(treeOf(`${top}/other`));
  expect(laidOut).toEqual(Object.keys(treeOf(`${top}/agent`)));
  expect(laidOut).toEqual(expect.arrayContaining(['externaldeps/jsonc/libjson-c.a', 'externaldeps/jsonc/json-c/json.h']));

  if (undo) await buildDependency.undo(undo, context);
  expect(treeOf(`${top}/agent`)).toEqual({});
});
