import { describe, expect, it } from 'vitest';
import { sayTold, tellAgent } from '../../src/steps/tell-agent.ts';
import type { FakeEntry } from '../support/fake-files.ts';
import { createFakeSystem, type FakeCommand } from '../support/fake-system.ts';
import { stepContext } from '../support/step-context.ts';

const netdata = '/x/usr/sbin/netdata';
const netdatacli = '/x/usr/sbin/netdatacli';
const claimed = { root: '/x', generation: 'cloud.d', url: 'https://cloud.example' } as const;

function machine({ result, cli = '', runs = true }: { result?: FakeCommand['result']; cli?: FakeEntry; runs?: boolean } = {}) {
  const agent = { program: netdata, arguments: ['-D'], environment: { NETDATA_PIPENAME: '/x/pipe', HOME: '/root' } };
  const other = { program: '/bin/sh', arguments: [] };
  return createFakeSystem({
    files: { [netdatacli]: cli },
    processes: { 40: runs ? agent : other },
    commands: [{ program: netdatacli, ...(result && { result }) }],
  });
}

describe('telling the agent of its claim', () => {
  it('gives an agent of cloud.d the URL too, because it has it in memory', async () => {
    const system = machine();
    expect(await tellAgent(claimed, system)).toEqual({ kind: 'told', says: '' });
    expect(system.commandsGiven.map(({ arguments: words }) => words)).toEqual([
      ['write-config', 'cloud|global|enabled|yes'],
      ['write-config', 'cloud|global|cloud base url|https://cloud.example'],
      ['reload-claiming-state'],
    ]);
  });

  it.each(['claim.d', 'claim.conf'] as const)('only makes an agent of %s look again', async (generation) => {
    const system = machine();
    await tellAgent({ ...claimed, generation }, system);
    expect(system.commandsGiven.map(({ arguments: words }) => words)).toEqual([['reload-claiming-state']]);
  });

  it('only makes it look again after an unclaim', async () => {
    const system = machine();
    await tellAgent({ root: '/x', generation: 'cloud.d' }, system);
    expect(system.commandsGiven.map(({ arguments: words }) => words)).toEqual([['reload-claiming-state']]);
  });

  it('goes to the socket that the environment of the agent names', async () => {
    const system = machine();
    await tellAgent(claimed, system);
    expect(system.commandsGiven[0]).toMatchObject({ environment: { NETDATA_PIPENAME: '/x/pipe' } });
    expect(system.commandsGiven[0]?.environment).not.toHaveProperty('HOME');
  });

  it('gives back what the agent says', async () => {
    const says = 'Netdata Agent is claimed to Netdata Cloud and is currently online.';
    expect(await tellAgent(claimed, machine({ result: { stdout: `${says}\n` } }))).toEqual({ kind: 'told', says });
  });

  it('is nothing to do for an agent that does not run', async () => {
    const system = machine({ runs: false });
    expect(await tellAgent(claimed, system)).toEqual({ kind: 'not-running' });
    expect(system.commandsGiven).toEqual([]);
  });

  it('is told apart from an agent that runs and does not listen', async () => {
    const told = await tellAgent(
      claimed,
      machine({ result: { exitCode: 255, stderr: 'Make sure the netdata service is running.' } }),
    );
    expect(told).toEqual({ kind: 'not-told', why: 'Make sure the netdata service is running.' });
  });

  it('goes through no pipe where nobody can tell whose it is', async () => {
    const system = createFakeSystem({ files: { [netdatacli]: '' } });
    expect(await tellAgent(claimed, system)).toEqual({
      kind: 'not-told',
      why: 'Its process cannot be seen, so nobody knows whose its control pipe is.',
    });
    expect(system.commandsGiven).toEqual([]);
  });

  it('ends with the run', async () => {
    const stop = AbortSignal.abort(new Error('stopped by the user'));
    await expect(tellAgent(claimed, machine(), stop)).rejects.toThrow('stopped by the user');
  });
});

describe('what came of it', () => {
  it.each([
    [{ kind: 'told', says: '' }, [], []],
    [{ kind: 'told', says: 'It is online.' }, ['The agent says: It is online.'], []],
    [{ kind: 'not-running' }, ['The agent does not run: it takes the claim up when it starts.'], []],
    [
      { kind: 'not-told', why: 'busy' },
      [],
      ['The agent runs and could not be told of the claim: it takes it up when it is started again.'],
    ],
  ] as const)('is a sentence, and a warning when it was not told: %j', (told, said, warned) => {
    const context = stepContext(createFakeSystem({}));
    sayTold(told, context);
    expect(context).toMatchObject({ said, warned });
  });
});
