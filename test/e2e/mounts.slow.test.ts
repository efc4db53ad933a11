import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { scratchDirectory } from '../support/scratch-directory.ts';

const project = resolve(import.meta.dirname, '../..');
const kickstart = `'${process.execPath}' '${project}/src/main.ts'`;
const refusal = mountRefusal();
if (refusal !== undefined) console.warn(`SKIPPED: mounts need root. ${refusal}`);

describe.skipIf(refusal !== undefined)('a machine with mounts in unusual places', () => {
  it('edits netdata.conf that is a mount point, and restores it byte for byte', async () => {
    const { directory, mounted, at } = mountedFile('[global]\r\n  hostname = B\xfcro');
    const step = {
      ...{ kind: 'edit-configuration', path: at, section: 'cloud', key: 'proxy', value: 'none' },
      ...{ reader: 'netdata', backupDirectory: `${directory}/backup` },
    };
    await inNamespace(
      `mount --bind '${mounted}' '${at}'`,
      `import { editConfiguration } from '${project}/src/steps/edit-configuration.ts';
       const undo = await editConfiguration.inspect(${JSON.stringify(step)}, system);
       await editConfiguration.run(${JSON.stringify(step)}, { system });
       copyFileSync('${at}', '${directory}/edited');
       await editConfiguration.undo(undo, { system });`,
    );
    expect(readFileSync(`${directory}/edited`, 'latin1')).toBe(
      '[global]\r\n  hostname = B\xfcro\r\n\r\n[cloud]\r\n    proxy = none\r\n',
    );
    expect(readFileSync(mounted, 'latin1')).toBe('[global]\r\n  hostname = B\xfcro');
    expect(readFileSync(at, 'latin1')).toBe('');
  });

  it('writes, copies and moves into a file that is a mount point, and empties it where it should go', async () => {
    const { directory, mounted, at } = mountedFile('before');
    await inNamespace(
      `mount --bind '${mounted}' '${at}'`,
      `const now = () => readFileSync('${at}', 'utf8');
       const seen = [];
       const file = { mode: 0o640 };
       await system.copyFile('${at}', '${directory}/kept', file);
       await system.writeFile('${at}', 'written', file);
       seen.push(now());
       await system.removeFile('${at}');
       seen.push(now());
       await system.copyFile('${directory}/kept', '${at}', file);
       seen.push(now());
       await system.rename('${directory}/kept', '${at}');
       seen.push(now(), existsSync('${directory}/kept'));
       writeFileSync('${directory}/seen', JSON.stringify(seen));`,
    );
    expect(JSON.parse(readFileSync(`${directory}/seen`, 'utf8'))).toEqual(['written', '', 'before', 'before', false]);
    expect(readFileSync(mounted, 'utf8')).toBe('before');
  });

  it('refuses to build where programs cannot run, and names the mount point', async () => {
    const directory = scratchDirectory();
    const ended = await shell(
      `mount -t tmpfs -o noexec tmpfs '${directory}'
       ${kickstart} --install /opt/x --disable-cloud --dry-run --work-directory '${directory}/build'`,
    );
    expect(ended.stderr).toContain(
      `kickstart cannot use ${directory}/build/work, the directory that it builds in.\nPrograms cannot run there: ${directory} is mounted with noexec.\n`,
    );
    expect(ended.code).toBe(3);
  });

  it('needs no working directory that was unmounted under it', async () => {
    const directory = scratchDirectory();
    const ended = await shell(
      `mount -t tmpfs tmpfs '${directory}'
       cd '${directory}'
       umount -l '${directory}'
       ${kickstart} status --install /nowhere`,
    );
    expect(ended).toMatchObject({ code: 6, stderr: '' });
  });
});

function mountedFile(content: string) {
  const directory = scratchDirectory();
  const [mounted, at] = [join(directory, 'outside'), join(directory, 'etc/netdata.conf')];
  mkdirSync(join(directory, 'etc'));
  writeFileSync(mounted, content, 'latin1');
  writeFileSync(at, '');
  return { directory, mounted, at };
}

/** Runs a module with the real `system` after a shell text, with mounts of its own. */
async function inNamespace(text: string, module: string): Promise<void> {
  const file = join(scratchDirectory(), 'module.mjs');
  writeFileSync(
    file,
    `import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
     import { createRealSystem } from '${project}/src/system/real-system.ts';
     const system = createRealSystem({ environment: {} });
     ${module}`,
  );
  expect(await shell(`${text}\n'${process.execPath}' '${file}'`)).toEqual({ code: 0, stdout: '', stderr: '' });
}

async function shell(text: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const words = ['--mount', '--propagation', 'private', 'sh', '-ec', text];
  try {
    return { code: 0, ...(await promisify(execFile)('unshare', words)) };
  } catch (error) {
    // The cast: execFile rejects with what the program said and gave.
    return error as { code: number; stdout: string; stderr: string };
  }
}

function mountRefusal(): string | undefined {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return String(error);
  }
}
