import { isVisibleLine } from '../../../system/printable.ts';
import type { AgentLinks } from '../agent-link.ts';
import { type Answer, refusal } from '../answer.ts';
import type { OnCloudEvent } from '../cloud-event.ts';
import type { Misbehaviour } from '../misbehaviour.ts';
import type { Nodes } from '../nodes.ts';
import type { OneTimeValues } from '../one-time-values.ts';
import type { Queries } from '../queries.ts';
import type { Scenario } from '../scenario.ts';
import type { Store } from '../store/store.ts';

/** What answering an administrator needs. */
export interface AdminParts {
  store: Store;
  nodes: Nodes;
  links: AgentLinks;
  queries: Queries;
  scenario: Scenario;
  /** Makes what misbehaviours need before they are in force. */
  prepare(misbehaviours: readonly Misbehaviour[]): Promise<void>;
  passwords: OneTimeValues;
  onEvent: OnCloudEvent;
}

export type Body = Readonly<Record<string, unknown>>;

/** What the path says: the ids in the places of {space}, {room}, {token}, {node}, all of things that are there; and the query. */
export interface Asked {
  space: string;
  room: string;
  token: string;
  node: string;
  query: URLSearchParams;
  by: AskedBy;
}

/** With the admin token, which is who runs the Cloud, or signed in to the page. */
export type AskedBy = 'token' | 'session';

export type AdminAction = (parts: AdminParts, body: Body, asked: Asked) => Answer | Promise<Answer>;

/** Keys are a method and a path below /standin/v1/, as in `GET spaces/{space}/rooms`. */
export type AdminRoutes = Readonly<Record<string, AdminAction>>;

/** 422 that names the field. */
export function wrongField(field: string, why: string): Answer {
  return refusal(422, 'ErrBadRequest', `${field}: ${why}`);
}

/** A name that people gave, trimmed; undefined when it is none. */
export function nameIn({ name }: Body): string | undefined {
  const text = typeof name === 'string' ? name.trim() : '';
  return isVisibleLine(text, 100) ? text : undefined;
}

export const wrongName = wrongField('name', 'must be a text of 1 to 100 characters in one line, all of them visible');
