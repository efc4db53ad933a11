import { findAccount } from '../host/accounts.ts';
import { parseConfiguration, removeConfigurationValue, setConfigurationValue } from '../host/configuration-text.ts';
import { Secret, secretText, type Text } from '../system/secret.ts';
import type { NewFile, ReadableSystem, System } from '../system/system.ts';
import type { StepDefinition } from './definition.ts';
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
}

/** Sets one setting, and leaves all else in the file as it is. The undo sets only this one back, when others were changed meanwhile. */
export const editConfiguration: StepDefinition<EditConfigurationStep, EditConfigurationUndo> = {
  describe: ({ path, section, key, value }) =>
    `Set [${section}] ${key} ${value instanceof Secret ? '' : `to ${value} `}in ${path}`,

  async inspect({ path, section, key, value, backupDirectory }, system) {
    const [file] = await filesThere([path], system);
    const present = parseConfiguration((await system.readFile(path)) ?? '')
      .get(section)
      ?.get(key);
    // A secret cannot be compared outside src/system, so it is written again.
    if (present === value) return undefined;
    return { path, section, key, backupDirectory, ...(file === undefined ? {} : { file }) };
  },

  async run({ path, section, key, value, reader, backupDirectory }, { system }) {
    const files = await filesThere([path], system);
    await keepFiles(files, backupDirectory, system);
    const [before] = files;
    const text = before === undefined ? '' : ((await system.readFile(keptAt(path, backupDirectory))) ?? '');
    const owner = before ?? system.processOwner();
    if (!(value instanceof Secret)) {
      return system.writeFile(path, setConfigurationValue(text, section, key, value), { mode: before?.mode ?? 0o644, owner });
    }
    await system.writeFile(
      path,
      withSecret(text, section, key, value),
      await onlyFor(reader, before?.mode ?? 0o640, owner, system),
    );
  },

  async undo({ path, section, key, backupDirectory, file }, { system }) {
    if (file === undefined) await removeSetting({ path, section, key }, system);
    else {
      const before = await system.readFile(keptAt(path, backupDirectory));
      // Without a copy nothing was written yet, or all is back already.
      if (before !== undefined) await setBack({ path, section, key, before, file }, system);
    }
    await system.removeTree(backupDirectory);
  },
};

type Setting = Pick<EditConfigurationUndo, 'path' | 'section' | 'key'>;

/** From a file that was not there before: with the file, when nobody added to it. */
async function removeSetting({ path, section, key }: Setting, system: System): Promise<void> {
  const facts = await system.stat(path);
  const now = await system.readFile(path);
  const value = parseConfiguration(now ?? '')
    .get(section)
    ?.get(key);
  if (now === undefined || setConfigurationValue('', section, key, value ?? '') === now) return system.removeFile(path);
  if (facts?.kind !== 'file' || value === undefined) return;
  await system.writeFile(path, removeConfigurationValue(now, section, key), { mode: facts.mode, owner: facts });
}

async function setBack(
  { path, section, key, before, file }: Setting & { before: string; file: KeptFile },
  system: System,
): Promise<void> {
  const facts = await system.stat(path);
  const now = await system.readFile(path);
  if (facts?.kind !== 'file' || now === undefined) return;
  const value = parseConfiguration(now).get(section)?.get(key);
  const isAsWritten = now === before || (value !== undefined && setConfigurationValue(before, section, key, value) === now);
  if (isAsWritten) return system.writeFile(path, before, { mode: file.mode, owner: file });
  const old = parseConfiguration(before).get(section)?.get(key);
  const text = old === undefined ? removeConfigurationValue(now, section, key) : setConfigurationValue(now, section, key, old);
  await system.writeFile(path, text, { mode: facts.mode, owner: facts });
}

function withSecret(text: string, section: string, key: string, value: Secret): Secret {
  const place = placeIn(text);
  const [start = '', end = ''] = setConfigurationValue(text, section, key, place).split(place);
  return secretText([start, value, end]);
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
