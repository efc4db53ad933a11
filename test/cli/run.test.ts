import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { fakeWorld } from '../support/fake-world.ts';

async function kickstart(words: readonly string[], world = fakeWorld()) {
  return { status: await run(words, world), ...world.printed() };
}

describe('kickstart', () => {
  test.each([[['--help']], [['uninstall', '--help']]])('%j explains itself, and looks at nothing', async (words) => {
    const world = fakeWorld();
    const before = world.system.calls.length;
    expect(await kickstart(words, world)).toMatchObject({
      status: 0,
      output: expect.stringContaining('Usage: kickstart [COMMAND] [OPTIONS]'),
      complaints: '',
    });
    expect(world.system.calls.length).toBe(before);
  });

  test('says its version', async () => {
    expect(await kickstart(['install', '--version'])).toEqual({ status: 0, output: 'kickstart 0.1.0\n', complaints: '' });
  });

  test('complains about a usage mistake on standard error, with exit status 2, and looks at nothing', async () => {
    const world = fakeWorld();
    expect(await kickstart(['--no-such-option'], world)).toMatchObject({
      status: 2,
      output: '',
      complaints: expect.stringMatching(/^kickstart .*--no-such-option\.\n[\s\S]*\nUSAGE_UNKNOWN_OPTION\./),
    });
    expect(world.system.calls).toEqual([]);
  });

  test('gives a usage mistake to programs as one line of JSON', async () => {
    const { status, output, complaints } = await kickstart(['--json', '--claim-rooms', 'R']);
    expect({ status, complaints }).toEqual({ status: 2, complaints: '' });
    expect(JSON.parse(output)).toMatchObject({
      event: 'result',
      changed: false,
      exitStatus: 2,
      error: { code: 'USAGE_CONFLICT' },
    });
  });

  test('reports a fault of its own with exit status 1, and nothing as a refusal', async () => {
    const world = fakeWorld();
    world.system.stat = () => Promise.reject(new Error('kaputt'));
    const { status, output, complaints } = await kickstart(['uninstall'], world);
    expect({ status, output }).toEqual({ status: 1, output: '' });
    expect(complaints).toMatch(/^kickstart met a fault of its own, and stopped\.\nError: kaputt\n/);
    expect(complaints).toMatch(/\nFAULT\.\n$/);
  });
});
