// Runs vitest with the words given, and ends it when nothing ends any more: a test that blocks its process is stopped by no time limit of its own.
//   node scripts/run-tests.mjs RESULTS [words for vitest]
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

// The longest single test takes two minutes on a quiet machine.
const silenceSeconds = Number(process.env.KICKSTART_TEST_SILENCE_SECONDS ?? 1800);
const [results, ...words] = process.argv.slice(2);

mkdirSync(dirname(results), { recursive: true });
rmSync(results, { force: true });
const started = Date.now();
// A group of its own, so that what it started can be ended with it.
const vitest = spawn('vitest', ['run', ...words], {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
  env: { ...process.env, KICKSTART_RESULTS: results },
});
const watch = setInterval(endWhenSilent, Math.min(5000, silenceSeconds * 500));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal));
vitest.once('error', (error) => {
  console.error(`vitest cannot be started: ${error.message}`);
  clearInterval(watch);
});
vitest.once('exit', () => clearInterval(watch)); // its results tell the rest

function endWhenSilent() {
  const last = statSync(results, { throwIfNoEntry: false })?.mtimeMs ?? started;
  if (Date.now() - Math.max(last, started) < silenceSeconds * 1000) return;
  console.log(`The tests were stopped: none of them ended within ${silenceSeconds} s.`);
  end('SIGKILL');
}

function end(signal) {
  try {
    process.kill(-vitest.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
