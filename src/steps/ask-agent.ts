import { type HttpAnswer, HttpFailure, type ReadableSystem } from '../system/system.ts';
import { type AgentDoor, isStillOwn, type WebDoor } from './agent-door.ts';
import { netdatacli } from './agent-pipe.ts';

/**
 * What the agent answers at this door; undefined when it is not status 200 with a JSON object, or the door was no longer its own when the answer
 * had come: then it may be somebody else's.
 */
export async function askAgent(
  door: AgentDoor,
  path: string,
  system: ReadableSystem,
): Promise<ReadonlyMap<string, unknown> | undefined> {
  const said = door.kind === 'web' ? await byHttp(door, path, system) : await byPipe(door, path, system);
  const members = said === undefined ? undefined : parseObject(said);
  return members !== undefined && (await isStillOwn(door, system)) ? members : undefined;
}

async function byHttp(door: WebDoor, path: string, system: ReadableSystem): Promise<string | undefined> {
  try {
    const answer = await get(door, `${door.url}${path}`, system);
    // A server that only speaks TLS sends everybody there. Its certificate proves nothing that the socket does not.
    const { location = '' } = answer.headers;
    const isSecure = answer.status >= 300 && answer.status < 400 && location.startsWith('https:');
    const last = isSecure ? await get(door, `${door.url.replace(/^http:/, 'https:')}${path}`, system) : answer;
    return last.status === 200 ? last.body : undefined;
  } catch (error) {
    if (error instanceof HttpFailure) return undefined;
    throw error;
  }
}

function get({ socketPath }: WebDoor, url: string, system: ReadableSystem): Promise<HttpAnswer> {
  return system.get({
    ...{ url, timeoutSeconds: 5, redirects: 'return', proxy: 'none', insecure: true, maximumBytes: MOST_BYTES },
    ...(socketPath !== undefined && { socketPath }),
  });
}

/** Its pipe says of its link what its web server would. */
async function byPipe({ root, path: pipe }: AgentDoor & { kind: 'pipe' }, path: string, system: ReadableSystem) {
  if (path !== LINK_REPORT) return undefined;
  const { exitCode, stdout } = await system.query(await netdatacli(root, pipe, ['aclk-state', 'json'], system));
  return exitCode === 0 ? stdout : undefined;
}

function parseObject(body: string): ReadonlyMap<string, unknown> | undefined {
  try {
    return membersOf(JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The members of a JSON object; undefined for any other value. */
export function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? new Map(Object.entries(value)) : undefined;
}

/** The agent's longer account of its link: also what netdatacli's aclk-state says. */
export const LINK_REPORT = '/api/v1/aclk';
/** A parent names every one of its thousands of children. */
const MOST_BYTES = 16 * 1024 * 1024;
