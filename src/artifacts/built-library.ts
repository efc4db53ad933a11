import { dirname, join } from 'node:path';
import type { ReadableSystem, System } from '../system/system.ts';
import type { CatalogRow } from './catalog.ts';
import { sha256OfFile } from './checksum.ts';
import { createDirectories } from './directories.ts';

/** Path below externaldeps/ → SHA-256. */
type Manifest = Readonly<Record<string, string>>;

/**
 * A library as it lies in the cache: files/ is laid out like externaldeps/, and manifest.json names the SHA-256 of each file.
 * Undefined when it is not there, not whole, or not what it was: then it is built again.
 */
export async function wholeLibrary(entry: string, system: ReadableSystem): Promise<Manifest | undefined> {
  const manifest = parseManifest((await system.readFile(join(entry, 'manifest.json'))) ?? '');
  if (manifest === undefined) return undefined;
  return (await isLaidOut(manifest, join(entry, 'files'), system)) ? manifest : undefined;
}

/** Whether the files of the library are below the directory, each the right one. */
export async function isLaidOut(manifest: Manifest, directory: string, system: ReadableSystem): Promise<boolean> {
  for (const [path, sha256] of Object.entries(manifest)) {
    if ((await sha256OfFile(join(directory, path), system)) !== sha256) return false;
  }
  return true;
}

/** Takes what an install brought to the places that the agent's build expects. Every file is on the disk when this returns. */
export async function collectOutputs(installed: string, row: CatalogRow, files: string, system: System): Promise<void> {
  for (const { from, to } of row.outputs) await copyAll(join(installed, from), join(files, to), system);
}

/** Writes the manifest of what is below `directory`/files. */
export async function writeManifest(directory: string, system: System): Promise<void> {
  const files = join(directory, 'files');
  const sums: Record<string, string> = {};
  for (const path of await filesBelow(files, '', system)) sums[path] = (await sha256OfFile(join(files, path), system)) ?? '';
  await system.writeFile(join(directory, 'manifest.json'), `${JSON.stringify({ files: sums }, null, 1)}\n`, { mode: 0o644 });
}

/** Copies a library from the cache into externaldeps/. It is there whole or not at all. */
export async function layOut(entry: string, component: string, externalDirectory: string, system: System): Promise<void> {
  const beside = join(externalDirectory, `.${component}`);
  const target = join(externalDirectory, component);
  await system.removeTree(beside);
  await copyAll(join(entry, 'files', component), beside, system);
  await system.removeTree(target);
  await system.rename(beside, target);
}

async function copyAll(from: string, to: string, system: System): Promise<void> {
  const names = (await system.stat(from))?.kind === 'directory' ? await system.list(from) : undefined;
  if (names === undefined) {
    await createDirectories(dirname(to), 0o755, system);
    return system.copyFile(from, to, { mode: 0o644 });
  }
  for (const name of names) await copyAll(join(from, name), join(to, name), system);
}

async function filesBelow(directory: string, below: string, system: ReadableSystem): Promise<readonly string[]> {
  const names = (await system.list(join(directory, below))) ?? [];
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(below, name);
      return (await system.stat(join(directory, path)))?.kind === 'directory' ? filesBelow(directory, path, system) : [path];
    }),
  );
  return found.flat();
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const { files } = JSON.parse(text);
    const whole = typeof files === 'object' && files !== null && Object.values(files).every((sum) => typeof sum === 'string');
    return whole && Object.keys(files).length > 0 ? files : undefined;
  } catch {
    // Not JSON, or JSON without files: not an entry of ours, or not a whole one.
    return undefined;
  }
}
