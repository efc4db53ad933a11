import { type PendingUndo, pendingUndos, readReceipt } from '../../engine/receipt-records.ts';
import { withRunLock } from '../../engine/run-lock.ts';
import { undoAll } from '../../engine/undo.ts';
import { KickstartError } from '../../errors.ts';
import { printableJson } from '../../system/printable.ts';
import type { CommandLine } from '../options.ts';
import { refuse } from '../refuse.ts';
import { showRun } from '../show-run.ts';
import { stateDirectoryOf } from '../standpoint.ts';
import type { World } from '../world.ts';

/** Takes back all that the receipt has, newest first. Returns the exit status. */
export async function uninstall(line: CommandLine, world: World): Promise<number> {
  const { system, output } = world;
  const stateDirectory = stateDirectoryOf(line, world, system);
  const json = line.given.has('json');
  // A directory without a receipt is what a kill left at the very end of an uninstall: it goes too.
  if ((await system.stat(stateDirectory)) === undefined) return refuse([noReceipt(stateDirectory)], json, world);
  if (line.given.has('dry-run')) {
    output.write(undoText(pendingUndos(await readReceipt(stateDirectory, system)), json));
    return 0;
  }
  return removeAll({ stateDirectory, json }, world);
}

function undoText(pending: readonly PendingUndo[], json: boolean): string {
  if (json) return `${printableJson({ undo: pending.map(({ id, kind, title }) => ({ id, kind, title })) })}\n`;
  return `${['These changes would be taken back, in this order:', ...pending.map(({ title }) => `  - ${title}`)].join('\n')}\n`;
}

/** Takes back the whole receipt, whatever is in it. */
export function removeAll({ stateDirectory, json }: { stateDirectory: string; json: boolean }, world: World): Promise<number> {
  const { system, signal, processId } = world;
  return withRunLock({ stateDirectory, processId, system }, () => {
    // They may be what is taken away.
    world.loadAllFiles();
    return showRun({ json, stateDirectory }, world, (emit) => undoAll({ system, stateDirectory, signal, emit }));
  });
}

function noReceipt(stateDirectory: string): KickstartError {
  return new KickstartError('RECEIPT_NONE', {
    what: 'There is nothing that kickstart could take away.',
    why: `There is no receipt in ${stateDirectory}.`,
    next: 'For an install below a prefix, name it: kickstart uninstall --install PREFIX.',
  });
}
