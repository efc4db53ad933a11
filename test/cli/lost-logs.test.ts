import { expect, it } from 'vitest';
import { withoutLostLogs } from '../../src/cli/lost-logs.ts';
import { KickstartError } from '../../src/errors.ts';
import { createFakeSystem } from '../support/fake-system.ts';

const system = createFakeSystem({ files: { '/var/log/here.log': 'said\n' } });
const told = (next: string) => new KickstartError('SERVICE_STOPPED', { what: 'It stopped.', why: 'It said nothing.', next });

it.each([
  [
    'Look at its log: tail /opt/x/netdata/var/log/gone.log; repair what it says, and run kickstart again.',
    'Repair what it says, and run kickstart again.',
  ],
  ['Repair it. The whole output is in /var/lib/.kickstart/run/gone.log.', 'Repair it.'],
  [
    'Look at its log: tail /var/log/here.log; repair what it says.',
    'Look at its log: tail /var/log/here.log; repair what it says.',
  ],
  [
    'Look at its log: journalctl --unit netdata.service; repair it.',
    'Look at its log: journalctl --unit netdata.service; repair it.',
  ],
])('%j is said as %j when the run was taken back', async (next, said) => {
  expect(await withoutLostLogs(told(next), system)).toMatchObject({ code: 'SERVICE_STOPPED', what: 'It stopped.', next: said });
});

it('leaves errors of others as they are', async () => {
  const error = new Error('EIO /gone.log');
  expect(await withoutLostLogs(error, system)).toBe(error);
});
