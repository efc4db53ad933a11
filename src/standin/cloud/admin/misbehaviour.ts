import { refusal } from '../answer.ts';
import { parseMisbehaviour } from '../parse-misbehaviour.ts';
import { parseSteps } from '../scenario.ts';
import { type AdminRoutes, wrongField } from './admin-route.ts';

/** Telling the Cloud to misbehave: `misbehaviour` is one more, `scenario` is {steps} in the place of all. */
export const misbehaviourRoutes: AdminRoutes = {
  'GET misbehaviour': ({ scenario }) => ({ status: 200, body: { steps: scenario.steps() } }),
  async 'PUT misbehaviour'({ scenario, prepare }, body) {
    const misbehaviour = parseMisbehaviour(body);
    if (typeof misbehaviour === 'string') return refusal(422, 'ErrBadRequest', misbehaviour);
    await prepare([misbehaviour]);
    scenario.set(misbehaviour);
    return { status: 204 };
  },
  'DELETE misbehaviour'({ scenario }) {
    scenario.clear();
    return { status: 204 };
  },
  async 'PUT scenario'({ scenario, prepare }, body) {
    const steps = parseSteps(body.steps);
    if (typeof steps === 'string') return wrongField('steps', steps);
    await prepare(steps);
    scenario.play(steps);
    return { status: 204 };
  },
};
