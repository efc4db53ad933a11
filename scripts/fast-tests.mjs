// `npm test`: the fast tests, with the words given. Says what to run first where that was not done.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const least = 24;
const vitest = `${import.meta.dirname}/../node_modules/.bin/vitest`;
const isOld = Number(process.versions.node.split('.', 1)[0]) < least;

if (!existsSync(vitest)) refuse('The libraries of kickstart are not here yet.', 'npm ci');
else if (isOld)
  refuse(`This is Node ${process.versions.node}, and kickstart needs ${least} or newer.`, 'npm ci, which brings it on Linux x64');
else {
  const { status } = spawnSync(vitest, ['run', '--project', 'fast', ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

function refuse(why, first) {
  console.error(`${why} Run first: ${first}\n./scripts/test does all the set-up, and runs every test.`);
  process.exitCode = 3;
}
