import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../src/engine/execute.ts';
import { undoAll } from '../../src/engine/undo.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step } from '../../src/steps/step.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { scratchDirectory, treeOf } from '../support/scratch-directory.ts';

const system = createRealSystem({ environment: { PATH: '/usr/bin:/bin' } });
const agent = 65534;

function planOf(steps: readonly Step[]): Plan {
  const planned = steps.map((step, index) => ({ id: `${step.kind}-${index}`, step, reason: 'The test needs it.' }));
  return { goal: 'install', title: 'Install', decisions: [], stages: [{ title: 'Install', atOnce: 1, steps: planned }] };
}

/** An install whose files replaced one that was there, in a directory that the agent's user has got since. */
async function installed() {
  const top = scratchDirectory();
  chmodSync(top, 0o755);
  mkdirSync(`${top}/staged/var/lib/state`, { recursive: true });
  mkdirSync(`${top}/precious`);
  writeFileSync(`${top}/precious/file`, 'of root');
  writeFileSync(`${top}/staged/var/lib/state/file`, 'new');
  writeFileSync(`${top}/staged/var/lib/state/added`, 'new');
  writeFileSync(`${top}/staged/other`, 'new');
  const root = `${top}/opt/x/netdata`;
  const options = (runId: string) => ({
    ...{ system, stateDirectory: `${top}/kickstart`, runId, version: '0.1.0', onFailure: 'undo' as const },
    ...{ emit: () => undefined, signal: new AbortController().signal },
  });
  const directory = { kind: 'create-directory', path: root, mode: 0o755, contents: 'ours' } as const;
  expect(await execute(planOf([directory]), options('1'))).toMatchObject({ state: 'as-asked' });
  // Of the administrator.
  mkdirSync(`${root}/var/lib/state`, { recursive: true });
  writeFileSync(`${root}/var/lib/state/file`, 'old');
  const tree = {
    kind: 'install-tree',
    ...{ from: `${top}/staged`, to: root, backupDirectory: `${top}/kickstart/replaced/1` },
    ...{ rights: [], groupOf: 'netdata' },
  } as const;
  expect(await execute(planOf([tree]), options('2'))).toMatchObject({ state: 'as-asked' });
  rmSync(`${top}/staged`, { recursive: true });
  return { top, root, uninstall: () => undoAll(options('3')) };
}

describe('an uninstall', () => {
  it('takes all away again', async () => {
    const { top, uninstall } = await installed();
    expect(await uninstall()).toMatchObject({ state: 'as-asked' });
    expect(treeOf(top)).toEqual({ precious: '755', 'precious/file': '644 of root' });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'names a link in the way, does the rest, keeps what is around it, and succeeds when the link has gone',
    async () => {
      const { top, root, uninstall } = await installed();
      chownSync(`${root}/var/lib`, agent, agent);
      renameSync(`${root}/var/lib/state`, `${root}/var/lib/moved`);
      symlinkSync(`${top}/precious`, `${root}/var/lib/state`);
      for (const _ of ['once', 'twice']) {
        const outcome = await uninstall();
        expect(outcome.state).toBe('undo-incomplete');
        expect(outcome.error?.message).toContain('Not everything could be taken back: ');
        expect(String(Reflect.get(outcome.error ?? {}, 'why'))).toContain(`${root}/var/lib/state`);
        expect(existsSync(`${root}/other`)).toBe(false);
        expect(existsSync(`${root}/var/lib/moved/file`)).toBe(true);
        expect(existsSync(`${top}/kickstart/replaced/1/var/lib/state/file`)).toBe(true);
        expect(treeOf(`${top}/precious`)).toEqual({ file: '644 of root' });
      }
      unlinkSync(`${root}/var/lib/state`);
      expect(await uninstall()).toMatchObject({ state: 'as-asked' });
      expect(treeOf(top)).toEqual({ precious: '755', 'precious/file': '644 of root' });
    },
  );

  it('counts a directory that somebody has removed as taken back', async () => {
    const { top, uninstall } = await installed();
    rmSync(`${top}/opt`, { recursive: true });
    expect(await uninstall()).toMatchObject({ state: 'as-asked' });
    expect(treeOf(top)).toEqual({ precious: '755', 'precious/file': '644 of root' });
  });

  it('counts what was in a directory whose place a file has taken as taken back, and leaves the file', async () => {
    const { top, root, uninstall } = await installed();
    rmSync(`${top}/opt/x`, { recursive: true });
    writeFileSync(`${top}/opt/x`, 'of somebody');
    expect(await uninstall()).toMatchObject({ state: 'as-asked' });
    expect(existsSync(root)).toBe(false);
    expect(treeOf(top)).toMatchObject({ 'opt/x': '644 of somebody' });
  });
});
