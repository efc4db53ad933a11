import { KickstartError } from '../errors.ts';
import type { CloudOptions } from '../standin/cloud/server.ts';
import { absolutePath } from './absolute-path.ts';
import type { CommandLine } from './options.ts';
import type { World } from './world.ts';

/** How `--scenario FILE` lets the Cloud misbehave. Throws USAGE_INVALID_VALUE with the step that is wrong. */
export async function cloudScenario(line: CommandLine, world: World): Promise<Pick<CloudOptions, 'scenario'>> {
  const path = line.values.scenario;
  if (path === undefined) return {};
  const { parseScenario } = await import('../standin/cloud/scenario.ts');
  const text = await world.system.readFile(absolutePath(path, world));
  const scenario = text === undefined ? 'There is no such file.' : parseScenario(text);
  if (typeof scenario !== 'string') return { scenario };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--scenario ${path} is no scenario.`,
    why: scenario,
    next: 'It is a JSON list such as [{"endpoint": "env", "status": 503, "times": 3}, {"endpoint": "ping", "hang": true}].',
  });
}
