import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cacheOnMachine, throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField } from './roots.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

describe.skipIf(refusal !== undefined)(`claim lines of the manuals${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let field: Field;
  let url: string;
  let rooms: string;
  let ca: readonly string[];

  beforeAll(async () => {
    field = await openField({ tags: ['v1.31.0'] });
    [, rooms = '', , url = '', ...ca] = field.claim.words as [string, string, string, string, ...string[]];
  });
  afterAll(() => field?.close());

  // Seed 002: bash <(curl -Ss …/kickstart.sh) --install /usr/local/ --claim-token TOKEN --claim-rooms ROOM1,ROOM2 --claim-url URL
  it('installs and claims with the line of kickstart.sh', async () => {
    const prefix = await field.newPrefix();
    const line = ['--claim-token', field.token, '--claim-rooms', rooms, '--claim-url', url];
    const { exitCode, stdout } = await field.kickstart([...prefix.words, '--cache-directory', cacheOnMachine, ...line, ...ca]);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('Agent was successfully claimed.');
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': true });
  });

  // The words after the name of the script or of the daemon; kickstart claim stands in its place.
  it.each<[string, () => readonly string[]]>([
    [
      '001: sudo netdata-claim.sh -token=TOKEN -rooms=ROOM1,ROOM2 -url=URL',
      () => [`-token=${field.token}`, `-rooms=${rooms}`, `-url=${url}`],
    ],
    [
      '002: sudo netdata-claim.sh -token=TOKEN -rooms=ROOM1,ROOM2 -url=URL -id=$(uuidgen)',
      () => [`-token=${field.token}`, `-rooms=${rooms}`, `-url=${url}`, `-id=${crypto.randomUUID().toUpperCase()}`],
    ],
    [
      '001: netdata -D -W set global "netdata cloud" enable -W set cloud "cloud base url" URL -W "claim -token=TOKEN -rooms=…"',
      () => [
        ...['-D', '-W', 'set', 'global', 'netdata cloud', 'enable', '-W', 'set', 'cloud', 'cloud base url', url],
        ...['-W', `claim -token=${field.token} -rooms=${rooms} -url=${url}`],
      ],
    ],
    [
      '000: netdata -D -W "claim -token=TOKEN -rooms=ROOM1,ROOM2"',
      () => ['-D', '-W', `claim -token=${field.token} -rooms=${rooms}`],
    ],
    ['003: netdata-cloud.sh --token TOKEN --rooms ROOMS', () => ['--token', field.token, '--rooms', rooms]],
  ])('claims an agent that is here with the line of seed %s', async (_, line) => {
    const prefix = await field.newPrefix();
    expect((await field.kickstart([...prefix.words, '--require-cloud', '--cache-directory', cacheOnMachine])).exitCode).toBe(0);
    const { exitCode, stdout, stderr } = await field.kickstart(['claim', ...line(), '--install', prefix.path, ...ca], {
      // Lines without a URL mean the usual Cloud, which is not here.
      NETDATA_CLAIM_URL: url,
    });
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toMatch(/^A token on the command line can be read by every user of this machine .*\n$/);
    expect(stdout).toContain('Agent was successfully claimed.');
    expect(await prefix.info()).toMatchObject({ 'agent-claimed': true, 'aclk-available': true });
  });
});
