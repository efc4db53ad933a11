import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readDpkgDatabase } from '../../src/host/dpkg-database.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { dpkgDatabase } from '../support/debian-machine.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const names = ['netdata', 'bash', 'libc6', 'no-such-package'];
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
const format = '--showformat=${Package} ${db:Status-Status} ${Version}\\n';
const dpkgQuery = spawnSync('dpkg-query', ['--show', format, ...names], { encoding: 'utf8' });

test.skipIf(dpkgQuery.error)('the database says what dpkg-query says on this machine', async () => {
  const said = await readDpkgDatabase(names, createRealSystem({ environment: {} }));
  expect(said?.split('\n').toSorted()).toEqual(dpkgQuery.stdout.split('\n').toSorted());
});

test('the database says nothing of packages that it does not name', async () => {
  const system = createFakeSystem({ files: dpkgDatabase(['netdata-plugins-bash', 'installed', '1.37.1-2']) });
  expect(await readDpkgDatabase(['netdata'], system)).toBe('');
});

test.each([
  ['there is none', {}],
  ['dpkg has not brought it up to date', { ...dpkgDatabase(), '/var/lib/dpkg/updates/0001': '' }],
])('the database cannot tell when %s', async (_, files) => {
  expect(await readDpkgDatabase(['netdata'], createFakeSystem({ files }))).toBeUndefined();
});
