import { expect, it } from 'vitest';
import { withUsableHome } from '../../src/cli/usable-home.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const netdata = { userId: 998, groupId: 998 };
const files = {
  '/etc/passwd': 'netdata:x:998:998::/:/bin/false\nbob:x:1001:1001::/nonexistent:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n',
  '/var/lib/netdata': { directory: true, owner: netdata },
  '/home/ann': { directory: true, owner: { userId: 1000, groupId: 1000 } },
} as const;

it.each([
  ['the user of an agent with / for a home', netdata, '/', '/var/lib/netdata'],
  ['the user of an agent whose home is not there', netdata, '/nonexistent', '/var/lib/netdata'],
  ['the user of an agent without a home', netdata, undefined, '/var/lib/netdata'],
  ['the user of an agent at home in its state', netdata, '/var/lib/netdata', '/var/lib/netdata'],
  ['somebody with a home', { userId: 1000, groupId: 1000 }, '/home/ann', '/home/ann'],
  ['somebody without one, whose the agent is not', { userId: 1001, groupId: 1001 }, '/nonexistent', '/nonexistent'],
  ['root, whatever home it has', { userId: 0, groupId: 0 }, '/nonexistent', '/nonexistent'],
])('%s has one that can be written', async (_, owner, home, expected) => {
  const system = createFakeSystem({ files, owner });
  expect((await withUsableHome({ ...(home !== undefined && { HOME: home }) }, '', system)).HOME).toBe(expected);
});
