import { refusal } from '../answer.ts';
import { parseMisbehaviour } from '../misbehaviour.ts';
import type { AdminRoutes } from './admin-route.ts';

export const misbehaviourRoutes: AdminRoutes = {
  'PUT misbehaviour'({ misbehaviours }, body) {
    const misbehaviour = parseMisbehaviour(body);
    if (misbehaviour === undefined) return refusal(422, 'ErrBadRequest', 'the body is no misbehaviour');
    misbehaviours.set(misbehaviour);
    return { status: 204 };
  },
  'DELETE misbehaviour'({ misbehaviours }) {
    misbehaviours.clear();
    return { status: 204 };
  },
};
