import { describe, expect, it } from 'vitest';
import type { Privileges } from '../../src/host/privileges.ts';
import { wrongUser } from '../../src/plan/refuse-claim-user.ts';

const agent = { runAsUser: 'netdata', generation: 'cloud.d', configurationWritable: true, ownsClaim: true } as const;
const claimer = { command: 'claim', root: '' } as const;
const ann: Privileges = { userId: 1000, groupId: 1000, userName: 'ann', isRoot: false, elevateWith: 'sudo' };
const root: Privileges = { userId: 0, groupId: 0, userName: 'root', isRoot: true };
const netdata: Privileges = { ...ann, userName: 'netdata' };

describe('an agent is claimed', () => {
  it('by root, and by the user that runs it', () => {
    expect(wrongUser(claimer, agent, { privileges: root })).toBeUndefined();
    expect(wrongUser(claimer, agent, { privileges: netdata })).toBeUndefined();
    expect(wrongUser({ ...claimer, user: 'ann' }, agent, { privileges: ann })).toBeUndefined();
  });

  it('by nobody else: the refusal names the user and the command', () => {
    expect(wrongUser(claimer, agent, { privileges: ann })).toMatchObject({
      code: 'CLAIM_WRONG_USER',
      what: 'Only root or the user netdata can claim this agent, and this is ann.',
      why: "The agent runs as netdata, and its credentials are this user's alone.",
      next: 'Run: sudo -u netdata kickstart claim …, or sudo kickstart claim …; … is what else you gave',
    });
    expect(wrongUser({ ...claimer, root: '/netdata' }, agent, { privileges: ann })?.next).toContain(
      'sudo -u netdata kickstart claim --install / …',
    );
    expect(
      wrongUser({ command: 'unclaim', root: '/opt/x/netdata', restores: true }, agent, {
        privileges: { ...ann, elevateWith: 'pkexec' },
      }),
    ).toMatchObject({
      next: 'Run: pkexec --user netdata kickstart unclaim --restore --install /opt/x, or pkexec kickstart unclaim --restore --install /opt/x',
    });
  });

  it('by nobody who only says of themselves that its files are theirs', () => {
    const locked = { ...agent, ownsClaim: false };
    expect(wrongUser({ ...claimer, user: 'ann' }, locked, { privileges: ann })).toMatchObject({
      code: 'CLAIM_WRONG_USER',
      what: 'Only root or the user netdata can claim this agent, and this is ann.',
      why: "The agent runs as netdata, and its credentials are this user's alone.",
    });
    expect(wrongUser({ ...claimer, user: 'ann' }, locked, { privileges: root })).toBeUndefined();
  });

  it('only by root when its own user may not write its claim.conf', () => {
    const modern = { ...agent, generation: 'claim.conf', configurationWritable: false } as const;
    expect(wrongUser(claimer, modern, { privileges: netdata })).toMatchObject({
      what: 'Only root can claim this agent, and this is netdata.',
      next: 'Run: sudo kickstart claim …; … is what else you gave',
    });
    expect(wrongUser(claimer, { ...modern, configurationWritable: true }, { privileges: netdata })).toBeUndefined();
  });

  it('only by root when netdata.conf has to be changed, and its own user may not', () => {
    const locked = { ...agent, generation: 'claim.d', configurationWritable: false } as const;
    expect(wrongUser({ ...claimer, configures: true }, locked, { privileges: netdata })).toMatchObject({
      code: 'CLAIM_WRONG_USER',
      next: 'Run: sudo kickstart claim …; … is what else you gave',
    });
    expect(wrongUser(claimer, locked, { privileges: netdata })).toBeUndefined();
  });
});
