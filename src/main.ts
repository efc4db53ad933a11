import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageDescription from '../package.json' with { type: 'json' };
import { writerTo } from './cli/standard-stream.ts';
import type { World } from './cli/world.ts';
import { loadAllBeside } from './system/load-all-beside.ts';

const { version } = packageDescription;
// scripts/build.mjs puts it into the executable under this name.
const standinAgentAsset = 'standin-agent.tar.gz';

// Before anything is printed: an error of the stream that nobody hears ends the process.
const write = writerTo(process.stdout);
const complain = writerTo(process.stderr);

main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});

async function main(words: readonly string[]): Promise<number> {
  // Said before anything is loaded: scripts ask for it often.
  if (words.length === 1 && words[0] === '--version') {
    write(`kickstart ${version}\n`);
    return 0;
  }
  const [{ run }, { createRealSystem }, { firstLine }] = await Promise.all([
    import('./cli/run.ts'),
    import('./system/real-system.ts'),
    import('./system/first-line.ts'),
  ]);
  const me = itself();
  // Node's own listener adds hints for those who write programs: "use node --trace-warnings".
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (!/^(Deprecation|Experimental)Warning$/.test(name)) complain(`! ${message}\n`);
  });
  // Programs of a build make their files by it, and a shell may have one that lets everybody write.
  process.umask(0o022);
  return run(words, {
    ...me,
    // kickstart.sh says how it was started.
    commandName: process.env.KICKSTART_COMMAND || [me.self.program, ...me.self.arguments].join(' '),
    system: createRealSystem({ environment: process.env }),
    environment: process.env,
    workingDirectory: workingDirectory(),
    version,
    output: {
      write,
      complain,
      isTerminal: process.stdout.isTTY === true,
      columns: process.stdout.columns ?? 0,
    },
    standardInput: () => firstLine(process.stdin),
    processId: process.pid,
    signal: stopSignal(),
  });
}

/** undefined where it was removed or unmounted: most commands need none. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** What kickstart is made of: one executable with everything in it, or files for a Node, as the bundle or as sources. */
function itself(): Pick<World, 'self' | 'standinAgent' | 'loadAllFiles'> {
  const program = process.execPath;
  const executable = process.getBuiltinModule('node:sea');
  if (executable.isSea()) {
    return {
      self: { program, arguments: [] },
      loadAllFiles: () => undefined,
      standinAgent: { archive: Buffer.from(executable.getRawAsset(standinAgentAsset)) },
    };
  }
  const here = fileURLToPath(import.meta.url);
  const directories = [join(dirname(here), 'standin-agent'), join(dirname(here), 'standin/agent')];
  return { self: { program, arguments: [here] }, standinAgent: { directories }, loadAllFiles: () => loadAllBeside(here) };
}

/** The first signal stops the run in an orderly way; a further one ends the program at once, as the user expects. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Not `once`: signal-exit, which execa brings, kills the program when it finds no listener but its own.
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error(`kickstart was stopped by ${name}.`));
    });
  }
  return controller.signal;
}
