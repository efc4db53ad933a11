import type { AdminAction, AdminParts, Asked, AskedBy } from './admin/admin-route.ts';
import { administratorRoutes } from './admin/administrators.ts';
import { misbehaviourRoutes } from './admin/misbehaviour.ts';
import { nodeRoutes } from './admin/nodes.ts';
import { roomRoutes } from './admin/rooms.ts';
import { spaceRoutes } from './admin/spaces.ts';
import { tokenRoutes } from './admin/tokens.ts';
import { type Answer, parseObject, refusal } from './answer.ts';
import { StoreFull } from './store/database.ts';
import { normalId } from './uuid.ts';

export interface AdminRequest {
  method: string;
  /** Below /standin/v1/. */
  path: string;
  /** Without the question mark. */
  query: string;
  by: AskedBy;
  body: Buffer;
}

/** What an administrator or a test does with the Cloud, and no agent ever sees. Who asks was checked before: web/access.ts. */
export async function answerAdmin(request: AdminRequest, parts: AdminParts): Promise<Answer> {
  const body = request.body.length === 0 ? {} : parseObject(request.body);
  if (body === undefined) return refusal(400, 'ErrBadRequest', 'the body is not a JSON object');
  const found = findAction(request);
  if (found === undefined) return refusal(404, 'ErrNotFound', 'the admin API has no such request');
  const asked: Asked = { ...NOTHING_ASKED, ...found.ids, query: new URLSearchParams(request.query), by: request.by };
  const missing = whatIsMissing(asked, parts);
  if (missing !== undefined) return missing;
  try {
    return await found.action(parts, body, asked);
  } catch (error) {
    if (!(error instanceof StoreFull)) throw error;
    parts.onEvent({ kind: 'fault', error });
    return refusal(503, 'ErrServiceUnavailable', 'the disk is full; nothing was changed');
  }
}

type Ids = Omit<Asked, 'query' | 'by'>;

function findAction({ method, path }: AdminRequest): { action: AdminAction; ids: Partial<Ids> } | undefined {
  const words = path.split('/');
  for (const { key, pattern, action } of ROUTES) {
    if (key !== method || pattern.length !== words.length) continue;
    const ids: Record<string, string> = {};
    const isMatch = pattern.every((word, index) => {
      const [given = '', name] = [words[index], /^\{(.+)\}$/.exec(word)?.[1]];
      if (name === undefined) return word === given;
      ids[name] = normalId(given);
      return given !== '';
    });
    if (isMatch) return { action, ids };
  }
  return undefined;
}

/** 404 when something that the path names is not there, or not where it says. */
function whatIsMissing({ space, room, token, node }: Asked, { store }: AdminParts): Answer | undefined {
  if (space !== '' && store.spaces.find(space) === undefined) return refusal(404, 'ErrNotFound', 'no space has this id');
  if (room !== '' && store.rooms.find(room)?.spaceId !== space)
    return refusal(404, 'ErrNotFound', 'no room of the space has this id');
  if (token !== '' && store.tokens.find(token)?.spaceId !== space)
    return refusal(404, 'ErrNotFound', 'no token of the space has this id');
  if (node !== '' && store.nodes.find(node) === undefined)
    return refusal(404, 'ErrNodeNotFound', 'no node with this id is claimed here');
  return undefined;
}

const NOTHING_ASKED: Ids = { space: '', room: '', token: '', node: '' };

const ROUTES = Object.entries({
  ...spaceRoutes,
  ...roomRoutes,
  ...tokenRoutes,
  ...nodeRoutes,
  ...administratorRoutes,
  ...misbehaviourRoutes,
}).map(([text, action]) => {
  const [key = '', path = ''] = text.split(' ');
  return { key, pattern: path.split('/'), action };
});
