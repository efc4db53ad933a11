import { join } from 'node:path';
import { isKickstartError } from '../../errors.ts';
import type { CommandResult } from '../../system/system.ts';
import { withEntryLock } from '../cache/entry-lock.ts';
import { createDirectories } from '../directories.ts';
import { sourceEntries } from './apt-entries.ts';
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
  const { system, progress } = context;
  // The machine's entries may hold a password, which only root can read there. Others can enter the scratch space around it.
  await createDirectories(directory, 0o700, system);
  const outcome = join(directory, 'outcome');
  return withEntryLock({ entry: outcome, waitSeconds: 2 * updateSeconds }, context, async (isHeld) => {
    let problem = await system.readFile(outcome);
    if (problem === undefined) {
      if (!isHeld)
        return { why: 'Another fetch of this run asks the package sources of this machine, and does not come to an end.' };
      progress('asking the package sources of this machine');
      problem = (await updateLists(directory, context)) ?? '';
      await system.writeFile(outcome, problem, { mode: 0o644 });
    }
    return problem === '' ? { configuration: join(directory, 'apt.conf') } : { why: problem };
  });
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

const updateSeconds = 150;
