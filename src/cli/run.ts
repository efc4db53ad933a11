import { toError } from '../engine/host-error.ts';
import { isKickstartError } from '../errors.ts';
import { absolutePath } from './absolute-path.ts';
import { pasteable } from './advice.ts';
import { exitStatusOfError } from './exit-status.ts';
import { explainError } from './explain-error.ts';
import { helpText } from './help.ts';
import type { CommandName } from './option-table.ts';
import { type CommandLine, parseCommandLine } from './options.ts';
import { refuse } from './refuse.ts';
import { claimStatus } from './script-exit-codes.ts';
import { rootOf } from './standpoint.ts';
import { withUsableHome } from './usable-home.ts';
import { jsonResultOfError } from './view-json.ts';
import type { World } from './world.ts';

type Command = (line: CommandLine, world: World) => Promise<number>;

// Each command is loaded when it is asked for: start-up is felt.
const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  install: async () => (await import('./commands/install.ts')).install,
  claim: async () => (await import('./commands/claim.ts')).claim,
  unclaim: async () => (await import('./commands/unclaim.ts')).unclaim,
  status: async () => (await import('./commands/status.ts')).status,
  uninstall: async () => (await import('./commands/uninstall.ts')).uninstall,
  rehearse: async () => (await import('./commands/rehearse.ts')).rehearse,
  cloud: async () => (await import('./commands/cloud.ts')).cloud,
  cache: async () => (await import('./commands/cache.ts')).cache,
};

/** One kickstart, from words to exit status. Never throws for what a user can meet. */
export async function run(given: readonly string[], outside: World): Promise<number> {
  const words = isClaimScript(outside.commandName) ? ['claim', ...given] : given;
  let world: World = words.includes('--script-exit-codes') ? { ...outside, scriptExitCodes: true } : outside;
  try {
    const line = parseCommandLine(words, world.environment);
    if (line.given.has('help')) return say(helpText(), world);
    if (line.given.has('version')) return say(`kickstart ${world.version}\n`, world);
    world = { ...world, named: namedAgent(line, world) };
    const command = await commands[line.command]();
    const environment = await withUsableHome(world.environment, rootOf(line, world), world.system);
    return await command(line, { ...world, environment });
  } catch (thrown) {
    const error = toError(thrown);
    if (isKickstartError(error)) return refuse([error], words.includes('--json'), world);
    const status = claimStatus(exitStatusOfError(error), { error }, world);
    if (words.includes('--json')) world.output.write(jsonResultOfError(error, status, (text) => pasteable(text, world)));
    else
      world.output.complain(
        `${explainError(error, { version: world.version, say: (text) => pasteable(text, world) }).join('\n')}\n`,
      );
    return status;
  }
}

/** By the options of this line, for command lines that are said to people. */
function namedAgent({ values }: CommandLine, world: World): NonNullable<World['named']> {
  const options = (['install', 'state-directory'] as const).filter((name) => values[name] !== undefined);
  return Object.fromEntries(options.map((name) => [name, absolutePath(values[name] ?? '', world)]));
}

/** Started under the name of the agent's script, or of the one in old manuals. */
function isClaimScript(commandName: string): boolean {
  return /(^|\/)netdata-(claim|cloud)\.sh$/.test(commandName);
}

function say(text: string, { output }: World): number {
  output.write(text);
  return 0;
}
