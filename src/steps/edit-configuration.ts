import { findAccount } from '../host/accounts.ts';
import { parseConfiguration, removeConfigurationValue, setConfigurationValue } from '../host/configuration-text.ts';
import { Secret, secretText, type Text } from '../system/secret.ts';
import type { NewFile, ReadableSystem, System } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';
import { bytesAsText, editedPath, textAsBytes } from './edited-file.ts';
import { filesThere, type KeptFile, keepFiles, keptAt } from './kept-files.ts';

export interface EditConfigurationStep {
  kind: 'edit-configuration';
  /** netdata.conf or another file of that kind; its directory exists when the step runs. */
  path: string;
  section: string;
  key: string;
  /** One line. With a secret in it nobody but the owner and `reader` can read the file afterwards. */
  value: Text;
  /** The user that the agent runs as. */
  reader: string;
  backupDirectory: string;
}

export interface EditConfigurationUndo {
  path: string;
  section: string;
  key: string;
  backupDirectory: string;
  /** The file as it was; absent: there was none. */
  file?: KeptFile;
  /** The file is written in place, and whole when the mark is in the backup directory. Absent in receipts of 0.1: a new file took its place. */
  inPlace?: true;
}

/** Sets one setting, and leaves all else in the file as it is. The undo sets only this one back, when others were changed meanwhile. */
export const editConfiguration: StepDefinition<EditConfigurationStep, EditConfigurationUndo> = {
  describe: ({ path, section, key, value }) =>
    `Set [${section}] ${key} ${value instanceof Secret ? '' : `to ${value} `}in ${path}`,

  async inspect({ path: named, section, key, value, backupDirectory }, system) {
    const path = await editedPath(named, system);
    const [file] = await filesThere([path], system);
    const present = parseConfiguration((await bytesAsText(path, system)) ?? '')
      .get(section)
      ?.get(key);
    // A secret cannot be compared outside src/system, so it is written again.
    if (!(value instanceof Secret) && present === latin1Of(value)) return undefined;
    return { path, section, key, backupDirectory, ...(file === undefined ? {} : { file, inPlace: true }) };
  },

  async run({ path: named, section, key, value, reader, backupDirectory }, { system }) {
    const path = await editedPath(named, system);
    const files = await filesThere([path], system);
    await keepFiles(files, backupDirectory, system);
    const [before] = files;
    const text = before === undefined ? '' : ((await bytesAsText(keptAt(path, backupDirectory), system)) ?? '');
    const owner = before ?? system.processOwner();
    const file =
      value instanceof Secret
        ? await onlyFor(reader, before?.mode ?? 0o640, owner, system)
        : { mode: before?.mode ?? 0o644, owner };
    const place = placeIn(text);
    const [start = '', end = ''] = setConfigurationValue(text, section, key, place).split(place);
    if (before !== undefined) {
      await system.rewriteFile(path, [textAsBytes(start), value, textAsBytes(end)], file);
      return system.writeFile(markIn(backupDirectory), '', { mode: 0o600 });
    }
    // A file that kickstart makes is all ASCII but for the value.
    await system.writeFile(path, value instanceof Secret ? secretText([start, value, end]) : `${start}${value}${end}`, file);
  },

  async undo({ path, section, key, backupDirectory, file, inPlace }, { system }) {
    if (file === undefined) await removeSetting({ path, section, key }, system);
    else {
      const before = await bytesAsText(keptAt(path, backupDirectory), system);
      // Without a copy nothing was written yet, or all is back already.
      if (before !== undefined)
        await setBack({ path, section, key, backupDirectory, before, file, inPlace: inPlace === true }, system);
    }
    await system.removeTree(backupDirectory);
  },
};

type Setting = Pick<EditConfigurationUndo, 'path' | 'section' | 'key'>;

/** From a file that was not there before: with the file, when nobody added to it. */
async function removeSetting({ path, section, key }: Setting, system: System): Promise<void> {
  const facts = await system.stat(path);
  const now = await bytesAsText(path, system);
  const value = parseConfiguration(now ?? '')
    .get(section)
    ?.get(key);
  if (now === undefined || setConfigurationValue('', section, key, value ?? '') === now) return system.removeFile(path);
  if (facts?.kind !== 'file' || value === undefined) return;
  const without = removeConfigurationValue(now, section, key);
  await system.writeFile(path, textAsBytes(without), { mode: facts.mode, owner: facts });
}

interface Before extends Setting {
  backupDirectory: string;
  before: string;
  file: KeptFile;
  inPlace: boolean;
}

async function setBack({ path, section, key, backupDirectory, before, file, inPlace }: Before, system: System): Promise<void> {
  const facts = await system.stat(path);
  const now = await bytesAsText(path, system);
  if (facts?.kind !== 'file' || now === undefined) return;
  const mark = markIn(backupDirectory);
  // Without the mark this step or its undo was cut off, and may have left half a file.
  const isHalf = inPlace && (await system.stat(mark)) === undefined;
  const value = parseConfiguration(now).get(section)?.get(key);
  const isAsWritten = now === before || (value !== undefined && setConfigurationValue(before, section, key, value) === now);
  const old = parseConfiguration(before).get(section)?.get(key);
  const changed = () =>
    old === undefined ? removeConfigurationValue(now, section, key) : setConfigurationValue(now, section, key, old);
  const [text, owner] = isHalf || isAsWritten ? [before, file] : [changed(), { ...facts, path }];
  const content = textAsBytes(text);
  if (!inPlace) return system.writeFile(path, content, { mode: owner.mode, owner });
  // The copy is what is written here, so that an undo that is cut off goes on with it.
  if (text !== before) await system.writeFile(keptAt(path, backupDirectory), content, { mode: 0o600 });
  await system.removeFile(mark);
  await system.rewriteFile(path, [content], { mode: owner.mode, owner });
}

function markIn(backupDirectory: string): string {
  return `${backupDirectory}/.written`;
}

function latin1Of(value: string): string {
  return Buffer.from(value).toString('latin1');
}

/** A word that is not in the text. */
function placeIn(text: string): string {
  let place = 'value';
  while (text.includes(place)) place += '-';
  return place;
}

async function onlyFor(
  reader: string,
  mode: number,
  owner: { userId: number; groupId: number },
  system: ReadableSystem,
): Promise<NewFile> {
  const account = await findAccount(reader, system);
  const canGive = system.processOwner().userId === 0 && account !== undefined && owner.userId !== account.userId;
  return { mode: mode & 0o640, owner: canGive ? { userId: owner.userId, groupId: account.groupId } : owner };
}
