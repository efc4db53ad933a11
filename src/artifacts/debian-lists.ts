import { join } from 'node:path';
import { isKickstartError } from '../errors.ts';
import type { CommandResult, System } from '../system/system.ts';
import { sourceEntries } from './apt-entries.ts';
import { createDirectories } from './directories.ts';
import type { FetchContext, SourceProblem } from './fetch.ts';

/** An apt configuration whose lists know the source packages of this machine's distribution. */
interface DebianLists {
  /** For `apt-get -c`. */
  configuration: string;
}

/**
 * Makes it once for all fetches of a run: who comes first does it, the others wait for the outcome, also a bad one.
 * The machine's own lists and caches are not touched, and none of its update hooks run.
 */
export async function prepareDebianLists(directory: string, context: FetchContext): Promise<DebianLists | SourceProblem> {
  const { system, signal, progress } = context;
  // The machine's entries may hold a password, which only root can read there. Others can enter the scratch space around it.
  await createDirectories(directory, 0o700, system);
  const outcome = join(directory, 'outcome');
  const lock = join(directory, 'lock');
  for (;;) {
    signal.throwIfAborted();
    const said = await system.readFile(outcome);
    if (said !== undefined) return said === '' ? { configuration: join(directory, 'apt.conf') } : { why: said };
    if (await takeLock(lock, system)) {
      progress('asking the package sources of this machine');
      try {
        await system.writeFile(outcome, (await updateLists(directory, context)) ?? '', { mode: 0o644 });
      } finally {
        await system.removeFile(lock);
      }
    } else {
      progress('waiting for the package sources of this machine');
      await system.sleep(200, signal);
    }
  }
}

/** A lock of a process that was killed is void after a time in which its work would have ended. */
async function takeLock(lock: string, system: System): Promise<boolean> {
  const since = Number(await system.readFile(lock));
  if (since > 0 && system.now() - since > 2 * updateSeconds * 1000) await system.removeFile(lock);
  try {
    await system.createFile(lock, oneLine(`${system.now()}`), { mode: 0o644 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** What is wrong, or undefined. Entries that fail are no harm as long as one has an index of sources. */
async function updateLists(directory: string, { system, signal }: FetchContext): Promise<string | undefined> {
  const entries = await sourceEntries(system);
  if (entries.oneLine === '' && entries.deb822 === '') return 'The apt configuration of this machine has no entries.';
  const path = (name: string) => join(directory, name);
  for (const name of ['parts', 'lists', 'lists/partial', 'cache', 'cache/archives', 'cache/archives/partial']) {
    await system.createDirectory(path(name), { mode: 0o755 });
  }
  await system.writeFile(path('parts/machine.list'), entries.oneLine, { mode: 0o644 });
  await system.writeFile(path('parts/machine.sources'), entries.deb822, { mode: 0o644 });
  await system.writeFile(path('apt.conf'), configuration(directory), { mode: 0o644 });
  const update = { program: 'apt-get', arguments: ['-c', path('apt.conf'), 'update'], timeoutSeconds: updateSeconds };
  const said = await outputOf(system.run(update, signal));
  const lists = (await system.list(path('lists'))) ?? [];
  if (lists.some((name) => name.includes('_source_Sources'))) return undefined;
  const complaints = said.split('\n').filter((line) => /^(E|Err|W):/.test(line));
  return `apt-get update brought no index of source packages. ${complaints.slice(0, 3).join(' ') || said}`.trim();
}

async function outputOf(run: Promise<CommandResult>): Promise<string> {
  try {
    const { stdout, stderr } = await run;
    return `${stderr}\n${stdout}`;
  } catch (error) {
    if (!isKickstartError(error, 'HOST_COMMAND_FAILED')) throw error;
    return `${error.what} ${error.why}`;
  }
}

// Given with -c, which apt reads after the machine's own configuration: so the hooks in it are cleared, and the rest of it (proxies, keys) stays.
function configuration(directory: string): string {
  return `Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${directory}/parts";
Dir::State::lists "${directory}/lists";
Dir::Cache "${directory}/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
// This directory is closed to apt's own user, and what comes out of it is checked against a pinned SHA-256.
APT::Sandbox::User "root";
`;
}

async function* oneLine(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const updateSeconds = 150;
