import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageDescription from '../package.json' with { type: 'json' };

const { version } = packageDescription;

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});

async function main(words: readonly string[]): Promise<number> {
  // Said before anything is loaded: scripts ask for it often.
  if (words.length === 1 && words[0] === '--version') {
    process.stdout.write(`kickstart ${version}\n`);
    return 0;
  }
  const [{ run }, { createRealSystem }] = await Promise.all([import('./cli/run.ts'), import('./system/real-system.ts')]);
  const here = fileURLToPath(import.meta.url);
  return run(words, {
    system: createRealSystem({ environment: process.env }),
    environment: process.env,
    workingDirectory: process.cwd(),
    version,
    self: { program: process.execPath, arguments: [here] },
    // Beside the bundle, or in the source tree.
    standinAgentDirectories: [join(dirname(here), 'standin-agent'), join(dirname(here), 'standin/agent')],
    output: {
      write: (text) => process.stdout.write(text),
      complain: (text) => process.stderr.write(text),
      isTerminal: process.stdout.isTTY === true,
      columns: process.stdout.columns ?? 0,
    },
    processId: process.pid,
    signal: stopSignal(),
  });
}

/** The first signal stops the run in an orderly way; a second one of the same kind ends the program at once, as the user expects. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => controller.abort(new Error(`kickstart was stopped by ${name}.`)));
  }
  return controller.signal;
}
