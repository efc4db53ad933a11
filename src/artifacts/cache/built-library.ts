import { dirname, join } from 'node:path';
import type { ReadableSystem, System } from '../../system/system.ts';
import { hashed, sha256OfFile } from '../checksum.ts';
import { createDirectories } from '../directories.ts';
import { type LibraryFacts, type Manifest, readManifest } from './library-manifest.ts';

/**
 * A library as it lies in the cache: files/ is laid out like externaldeps/, and manifest.json names the SHA-256 of each file.
 * What is wrong with it in one sentence; undefined when it is whole.
 */
export async function damageOf(entry: string, system: ReadableSystem): Promise<string | undefined> {
  const manifest = await readManifest(entry, system);
  if (manifest === undefined) return 'It has no manifest that can be read.';
  const files = join(entry, 'files');
  const found = await filesBelow(files, '', system);
  const missing = missingFrom(manifest, found);
  if (missing !== undefined) return `${missing} is not there.`;
  for (const file of found) {
    const wrong = await wrongFile(file, manifest, join(files, file.path), system);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Whether just the files of the library are below externaldeps/<component>, each the right one. */
export async function isLaidOut({ entry, component, externalDirectory }: LaidOut, system: ReadableSystem): Promise<boolean> {
  if ((await system.stat(join(externalDirectory, component))) === undefined) return false;
  const manifest = await readManifest(entry, system);
  if (manifest === undefined) return false;
  const found = await filesBelow(externalDirectory, component, system);
  if (missingFrom(manifest, found) !== undefined) return false;
  for (const file of found) {
    if ((await wrongFile(file, manifest, join(externalDirectory, file.path), system)) !== undefined) return false;
  }
  return true;
}

interface LaidOut {
  /** Of the cache. */
  entry: string;
  component: string;
  externalDirectory: string;
}

/**
 * Copies a library from the cache into externaldeps/, and verifies it while it is copied: it is there whole or not at all.
 * Gives back what is wrong with the entry when it is damaged, or that nothing is there.
 */
export async function layOut(
  { entry, component, externalDirectory }: LaidOut,
  system: System,
): Promise<'laid-out' | 'absent' | 'damaged'> {
  if ((await system.stat(entry)) === undefined) return 'absent';
  const manifest = await readManifest(entry, system);
  if (manifest === undefined) return 'damaged';
  const files = join(entry, 'files');
  const beside = join(externalDirectory, `.${component}`);
  const target = join(externalDirectory, component);
  await system.removeTree(beside);
  const found = await filesBelow(files, '', system);
  const isWhole =
    missingFrom(manifest, found) === undefined && (await copyVerified(found, manifest, { files, component, beside }, system));
  if (!isWhole) {
    await system.removeTree(beside);
    return 'damaged';
  }
  await system.removeTree(target);
  await system.rename(beside, target);
  return 'laid-out';
}

/** Writes the manifest of what is below `directory`/files. */
export async function writeManifest(directory: string, facts: LibraryFacts, system: System): Promise<void> {
  const files: Record<string, string> = {};
  const executables: string[] = [];
  for (const { path, isExecutable } of await filesBelow(join(directory, 'files'), '', system)) {
    files[path] = (await sha256OfFile(join(directory, 'files', path), system)) ?? '';
    if (isExecutable) executables.push(path);
  }
  const manifest: Manifest = { ...facts, executables, files };
  await system.writeFile(join(directory, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o644 });
}

interface Found {
  /** Below the directory that was looked at. */
  path: string;
  isRegular: boolean;
  isExecutable: boolean;
}

interface Copying {
  files: string;
  component: string;
  beside: string;
}

async function copyVerified(found: readonly Found[], manifest: Manifest, { files, component, beside }: Copying, system: System) {
  await createDirectories(beside, 0o755, system);
  const made = new Set([beside]);
  for (const { path, isRegular, isExecutable } of found) {
    // All of a library is below its own name: what is beside that would not be laid out.
    if (!isRegular || !path.startsWith(`${component}/`) || isExecutable !== isToBeExecutable(path, manifest)) return false;
    const to = join(beside, path.slice(component.length + 1));
    if (!made.has(dirname(to))) await createDirectories(dirname(to), 0o755, system);
    made.add(dirname(to));
    const bytes = hashed(system.readBytes(join(files, path)));
    await system.createFile(to, bytes.pieces, { mode: isExecutable ? 0o755 : 0o644 });
    if (bytes.digest() !== manifest.files[path]) return false;
  }
  return true;
}

async function wrongFile({ path, isRegular, isExecutable }: Found, manifest: Manifest, file: string, system: ReadableSystem) {
  if (!isRegular) return `${path} is no regular file.`;
  if (!Object.hasOwn(manifest.files, path)) return `${path} does not belong to it.`;
  if (isExecutable !== isToBeExecutable(path, manifest)) return `The mode of ${path} is not what it was.`;
  return (await sha256OfFile(file, system)) === manifest.files[path] ? undefined : `${path} is not what it was.`;
}

function missingFrom({ files }: Manifest, found: readonly Found[]): string | undefined {
  const there = new Set(found.map(({ path }) => path));
  return Object.keys(files).find((path) => !there.has(path));
}

function isToBeExecutable(path: string, { executables }: Manifest): boolean {
  return executables.includes(path);
}

async function filesBelow(directory: string, below: string, system: ReadableSystem): Promise<readonly Found[]> {
  const names = (await system.list(join(directory, below))) ?? [];
  const found = await Promise.all(
    names.map(async (name): Promise<readonly Found[]> => {
      const path = join(below, name);
      const facts = await system.stat(join(directory, path));
      if (facts?.kind === 'directory') return filesBelow(directory, path, system);
      return [{ path, isRegular: facts?.kind === 'file', isExecutable: ((facts?.mode ?? 0) & 0o100) !== 0 }];
    }),
  );
  return found.flat();
}
