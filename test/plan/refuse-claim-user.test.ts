import { describe, expect, it } from 'vitest';
import type { Privileges } from '../../src/host/privileges.ts';
import { wrongUser } from '../../src/plan/refuse-claim-user.ts';

const agent = { runAsUser: 'netdata', generation: 'cloud.d', configurationWritable: true } as const;
const ann: Privileges = { userId: 1000, groupId: 1000, userName: 'ann', isRoot: false, elevateWith: 'sudo' };
const root: Privileges = { userId: 0, groupId: 0, userName: 'root', isRoot: true };
const netdata: Privileges = { ...ann, userName: 'netdata' };

describe('an agent is claimed', () => {
  it('by root, and by the user that runs it', () => {
    expect(wrongUser({ command: 'claim' }, agent, { privileges: root })).toBeUndefined();
    expect(wrongUser({ command: 'claim' }, agent, { privileges: netdata })).toBeUndefined();
    expect(wrongUser({ command: 'claim', user: 'ann' }, agent, { privileges: ann })).toBeUndefined();
  });

  it('by nobody else: the refusal names the user and the command', () => {
    expect(wrongUser({ command: 'claim' }, agent, { privileges: ann })).toMatchObject({
      code: 'CLAIM_WRONG_USER',
      what: 'Only root or the user netdata can claim this agent, and this is ann.',
      next: 'Run: sudo -u netdata kickstart claim …, or sudo kickstart claim …',
    });
    expect(wrongUser({ command: 'unclaim' }, agent, { privileges: { ...ann, elevateWith: 'pkexec' } })).toMatchObject({
      next: 'Run: pkexec --user netdata kickstart unclaim …, or pkexec kickstart unclaim …',
    });
  });

  it('only by root when its own user may not write its claim.conf', () => {
    const modern = { ...agent, generation: 'claim.conf', configurationWritable: false } as const;
    expect(wrongUser({ command: 'claim' }, modern, { privileges: netdata })).toMatchObject({
      what: 'Only root can claim this agent, and this is netdata.',
      next: 'Run: sudo kickstart claim …',
    });
    expect(wrongUser({ command: 'claim' }, { ...modern, configurationWritable: true }, { privileges: netdata })).toBeUndefined();
  });

  it('only by root when netdata.conf has to be changed, and its own user may not', () => {
    const locked = { ...agent, generation: 'claim.d', configurationWritable: false } as const;
    expect(wrongUser({ command: 'claim', configures: true }, locked, { privileges: netdata })).toMatchObject({
      code: 'CLAIM_WRONG_USER',
      next: 'Run: sudo kickstart claim …',
    });
    expect(wrongUser({ command: 'claim' }, locked, { privileges: netdata })).toBeUndefined();
  });
});
