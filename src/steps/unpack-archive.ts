import { basename } from 'node:path';
import { unpack } from '../artifacts/archive/unpack.ts';
import { unpackingPath } from '../artifacts/fetch/one-pass.ts';
import type { StepDefinition } from './definition.ts';

export interface UnpackArchiveStep {
  kind: 'unpack-archive';
  /** tar.gz, verified before. */
  archive: string;
  /** Not there before; its parent is. */
  destination: string;
  stripComponents: number;
}

export interface UnpackArchiveUndo {
  destination: string;
}

/**
 * No plan has it: fetch-artifact unpacks in the same pass; receipts of earlier runs name it. Unpacks beside the destination, and renames: the tree is
 * there whole or not at all. Throws VERIFY_ARCHIVE_UNSAFE.
 */
export const unpackArchive: StepDefinition<UnpackArchiveStep, UnpackArchiveUndo> = {
  describe: ({ archive }) => `Unpack ${basename(archive)}`,

  async inspect({ destination }, system) {
    return (await system.stat(destination)) === undefined ? { destination } : undefined;
  },

  async run({ archive, destination, stripComponents }, { system, signal }) {
    const beside = unpackingPath({ destination });
    await system.removeTree(beside);
    await system.createDirectory(beside, { mode: 0o755 });
    await unpack({ archive, pieces: system.readBytes(archive), destination: beside, stripComponents }, system, signal);
    await system.rename(beside, destination);
  },

  async undo({ destination }, { system }) {
    await system.removeTree(unpackingPath({ destination }));
    await system.removeTree(destination);
  },
};
