import { commandHelp, type OptionRow, optionTable } from './option-table.ts';

const rows: Readonly<Record<string, OptionRow>> = optionTable;
const nameWidth = 30;

/** The text of --help, from the tables; 100 columns at most where the words allow it. */
export function helpText(): string {
  const commands = Object.entries(commandHelp).map(([name, help]) => line(name, help));
  const options = Object.entries(rows).map(([name, row]) =>
    line(`--${name}${row.value === undefined ? '' : ` ${row.value}`}`, explain(row)),
  );
  return [
    'kickstart installs the Netdata agent, claims it to Netdata Cloud, and proves that it is online.',
    '',
    'Usage: kickstart [COMMAND] [OPTIONS]',
    '',
    'Commands',
    ...commands,
    '',
    'Options (--option VALUE or --option=VALUE)',
    ...options,
    '',
    'Exit status: 0 as asked, 1 a fault in kickstart, 2 usage, 3 refused and nothing changed, 4 failed and taken back,',
    '5 failed and changes remain, 6 installed but not proven online, 130 stopped.',
    '',
  ].join('\n');
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
