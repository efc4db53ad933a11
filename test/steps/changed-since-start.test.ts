import { expect, it } from 'vitest';
import { linkProxy, shownLinkProxy } from '../../src/cloud/link-proxy.ts';
import { linkTraits } from '../../src/cloud/link-traits.ts';
import { changedSinceStart } from '../../src/steps/changed-since-start.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const path = '/etc/netdata/netdata.conf';
// The machine was started an hour before the fake's clock began, and its files are of that time.
const booted = Math.floor(createFakeSystem().now() / 1000) - 3600;
const machine = (stat: string) => createFakeSystem({ files: { '/proc/stat': stat, [path]: '[cloud]\n' } });

it.each([
  ['an agent that started before', `cpu 1 2\nbtime ${booted}\n`, String(3500 * 100), true],
  ['an agent that started afterwards', `btime ${booted}\n`, String(3700 * 100), false],
  ['an agent of which nobody can tell', 'cpu 1 2\n', '0', false],
])('a file of settings is newer than %s', async (_, stat, startTicks, newer) => {
  const system = machine(stat);
  expect(await system.modifiedAt(path)).toBe(system.now());
  expect(await changedSinceStart({ startTicks }, [path, '/not/there'], system)).toBe(newer);
});

it('a proxy that may not be in effect yet is said so', () => {
  const traits = linkTraits('2.10.4');
  expect(shownLinkProxy(linkProxy('http://proxy:3128', {}, traits, true))).toBe(
    "http://proxy:3128 (the agent's own setting, whose file was changed after the agent started: it may be in effect only from its next start on)",
  );
  expect(shownLinkProxy(linkProxy('http://proxy:3128', {}, traits))).toBe("http://proxy:3128 (the agent's own setting)");
});
