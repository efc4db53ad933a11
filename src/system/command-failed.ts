import { KickstartError } from '../errors.ts';
import type { Command, CommandResult } from './system.ts';

/** HOST_COMMAND_FAILED, with the end of what the program said. */
export function commandFailed(command: Command, result: CommandResult): KickstartError {
  const { program, logPath } = command;
  const line = [program, ...command.arguments].join(' ');
  const said = lastLines(result.stderr) || lastLines(result.stdout);
  return new KickstartError('HOST_COMMAND_FAILED', {
    what: `"${line.length > 200 ? `${line.slice(0, 200)}…` : line}" ${endings[result.exitCode] ?? `ended with exit code ${result.exitCode}`}.`,
    why: said === '' ? 'It said nothing.' : said,
    next:
      result.exitCode === 127
        ? `Install ${program}, and run kickstart again.`
        : `Repair what it says, and run kickstart again.${logPath === undefined ? '' : ` The whole output is in ${logPath}.`}`,
  });
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-10).join('\n').slice(-2000);
}

const endings: Readonly<Record<number, string>> = {
  124: 'did not end in time',
  126: 'cannot be executed',
  127: 'could not be run: the program is not here',
};
