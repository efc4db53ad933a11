import { claimOptionTable } from './claim-option-table.ts';
import { claimPrecedence } from './claim-precedence.ts';
import { commandHelp, type OptionRow, optionTable } from './option-table.ts';

const rows: Readonly<Record<string, OptionRow>> = optionTable;
const nameWidth = 30;

/** The text of --help, from the tables; 100 columns at most where the words allow it. */
export function helpText(): string {
  const commands = Object.entries(commandHelp).map(([name, help]) => line(name, help));
  const isOfClaim = ([name]: readonly [string, OptionRow]) => Object.hasOwn(claimOptionTable, name);
  const entries = Object.entries(rows);
  return [
    'kickstart installs the Netdata agent, claims it to Netdata Cloud, and proves that it is online.',
    '',
    'Usage: kickstart [COMMAND] [OPTIONS]',
    '',
    'Commands',
    ...commands,
    '',
    'Options (--option VALUE or --option=VALUE)',
    ...entries.filter((entry) => !isOfClaim(entry)).map(optionLine),
    '',
    'Options of a claim',
    ...entries.filter(isOfClaim).map(optionLine),
    '',
    'Where a value of a claim comes from: the first of these that has one',
    ...claimPrecedence.map((place, index) => `  ${index + 1}. ${place}`),
    '',
    "kickstart claim also takes a line that was written for the agent's claiming script or its daemon:",
    '  -token=TOKEN -rooms=ROOM,… -url=URL, or -W "claim -token=TOKEN …", or --token TOKEN --rooms ROOM,…',
    '',
    "A line that was written for Netdata's own kickstart.sh works too: kickstart says which of its options do nothing here.",
    '',
    'Exit status: 0 as asked, 1 a fault in kickstart, 2 usage, 3 refused and nothing changed, 4 failed and taken back,',
    '5 failed and changes remain, 6 installed but not proven online, 130 stopped.',
    '',
  ].join('\n');
}

function optionLine([name, row]: readonly [string, OptionRow]): string {
  return line(`--${name}${row.value === undefined ? '' : ` ${row.value}`}`, explain(row));
}

function explain(row: OptionRow): string {
  const usual = row.default === undefined ? '' : `; usually ${row.default}`;
  const environment = row.environment === undefined ? '' : ` ($${row.environment})`;
  const commands: readonly string[] = row.commands;
  const only = commands.includes('install') ? '' : ` [${commands.join(', ')}]`;
  return `${row.help}${usual}${environment}${only}`;
}

function line(name: string, help: string): string {
  return `  ${name.padEnd(nameWidth)} ${help}`;
}
