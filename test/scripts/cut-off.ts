import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const script = readFileSync(resolve(import.meta.dirname, '../../scripts/kickstart.sh'), 'utf8');
const sum = 'a'.repeat(64);

/** kickstart.sh of the checkout, and as a release stamps it. */
export const copies: Readonly<Record<string, string>> = {
  checkout: script,
  release: script
    .replace("stamped_version=''", "stamped_version='1.2.3'")
    .replace("stamped_url=''", "stamped_url='https://example.com/kickstart'")
    .replace("stamped_bundle_sha256=''", `stamped_bundle_sha256='${sum}'`)
    .replace("stamped_executable_sha256=''", `stamped_executable_sha256='${sum}'`),
};

/** Where the comments end and the program begins: all that is shorter is empty for a shell. */
export function programStart(text: string): number {
  return text.indexOf('\n{\n') + 1;
}

/**
 * The lengths of the beginnings of a text that a shell does not refuse as an incomplete program, the longest first. `every`: cut at every byte, else
 * after every line, and at every byte of the last 200. No program is found there, so that one that was to be run gives 127.
 */
export async function acceptedCuts(shell: readonly string[], text: string, every: boolean): Promise<readonly number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'kickstart-cut-'));
  try {
    writeFileSync(join(directory, 'text'), text);
    writeFileSync(join(directory, 'driver'), driver);
    const [program = '', ...words] = shell;
    const environment = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
    const given = [...words, join(directory, 'driver'), join(directory, 'text'), every ? 'every' : 'lines'];
    const { stdout } = await promisify(execFile)(program, given, { env: environment, cwd: directory });
    const lengths = stdout.trimEnd().split('\n');
    if (lengths.pop() !== 'all tried') throw new Error(`${program} ended in the middle: ${stdout}`);
    return lengths.map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// In one process of the shell: one for each of ten thousand beginnings would take minutes. 1 and 2 are what shells give for bad syntax.
const driver = `
text=$(cat "$1"; printf x)
text=\${text%x}
every=$2
last=$((\${#text} - 200))
line_end='
'
PATH=/nowhere
set --
while [ -n "$text" ]; do
  if [ "$every" = every ] || [ "\${#text}" -gt "$last" ]; then
    text=\${text%?}
  else
    case $text in *"$line_end"*) text=\${text%"$line_end"*} ;; *) break ;; esac
  fi
  (eval "$text") >/dev/null 2>&1 </dev/null
  case $? in
    1 | 2) ;;
    *) echo "\${#text}" ;;
  esac
done
echo 'all tried'
`;
