import type { CommandLine } from '../options.ts';
import type { World } from '../world.ts';
import { install } from './install.ts';

/** Claims the agent that is here. An install that was told to claim only does the same. Returns the exit status. */
export function claim(line: CommandLine, world: World): Promise<number> {
  return install(line, world);
}
