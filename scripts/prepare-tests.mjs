// What the slow tests share, made ready before their time limits run: libraries and a root file system, kept in test-output.
import { prepare } from '../test/support/prepare.ts';

await prepare((line) => console.log(line));
