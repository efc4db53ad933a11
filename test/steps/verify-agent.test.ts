import { describe, expect, it } from 'vitest';
import { type VerifyAgentStep, verifyAgent } from '../../src/steps/verify-agent.ts';
import { agentThatSays, type SaidInfo } from '../support/changing-agent.ts';
import { stepContext } from '../support/step-context.ts';

const step: VerifyAgentStep = { kind: 'verify-agent', root: '/x', tag: 'v1.31.0', cloud: 'detect', seconds: 30 };
const whole: SaidInfo = { version: 'v1.31.0', 'cloud-enabled': true, 'cloud-available': true };

describe('an agent that was started', () => {
  it('is proved by its own answer as soon as it gives one', async () => {
    const system = agentThatSays([0, 'nothing'], [5, whole]);
    const context = stepContext(system);
    const startedAt = system.now();
    await verifyAgent.run(step, context);
    expect(context.said).toEqual([
      'The agent answers: Netdata v1.31.0 at http://127.0.0.1:20000/api/v1/info',
      'The agent says cloud-enabled: true, cloud-available: true',
    ]);
    expect(system.now() - startedAt).toBe(5000);
  });

  it('is waited for while the one that it replaces still answers', async () => {
    const context = stepContext(agentThatSays([0, { ...whole, version: 'v1.30.0' }], [2, 'nothing'], [3, whole]));
    await verifyAgent.run(step, context);
    expect(context.said).toHaveLength(2);
  });

  it('that says nothing in time is a failure that names the address', async () => {
    const system = agentThatSays([0, 'nothing']);
    const startedAt = system.now();
    await expect(verifyAgent.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'SERVICE_NOT_ANSWERING',
      what: 'Netdata v1.31.0 does not answer on port 20000.',
      why: 'It was asked for 30 s. The agent runs as process 40. It does not answer on port 20000, nor at its control pipe.',
    });
    expect(system.now() - startedAt).toBe(30_000);
  });

  it('that answers as another version than was installed is a failure that names it', async () => {
    const system = agentThatSays([0, { ...whole, version: 'v1.99.0' }]);
    await expect(verifyAgent.run(step, stepContext(system))).rejects.toMatchObject({
      code: 'SERVICE_NOT_ANSWERING',
      why: 'It was asked for 30 s. It answers as Netdata v1.99.0.',
    });
  });

  it.each<[string, SaidInfo]>([
    ['is not JSON', '<html>a login page</html>'],
    ['is of something else', { status: 'ok' }],
    ['is an error', { ...whole, status: 503 }],
  ])('is not proved by an answer that %s', async (_, said) => {
    await expect(verifyAgent.run(step, stepContext(agentThatSays([0, said])))).rejects.toMatchObject({
      why: 'It was asked for 30 s. The agent runs as process 40. It does not answer on port 20000, nor at its control pipe.',
    });
  });

  it('without Cloud is a failure only when Cloud was required', async () => {
    const without = { ...whole, 'cloud-available': false };
    await expect(verifyAgent.run({ ...step, cloud: 'require' }, stepContext(agentThatSays([0, without])))).rejects.toMatchObject({
      code: 'BUILD_CLOUD_REQUIRED',
    });
    const context = stepContext(agentThatSays([0, without]));
    await verifyAgent.run(step, context);
    expect(context.said.at(-1)).toBe('The agent says cloud-enabled: true, cloud-available: false');
  });

  it('is waited for no longer when the user stops', async () => {
    const signal = AbortSignal.abort(new Error('the user stopped it'));
    const context = { ...stepContext(agentThatSays([0, 'nothing'])), signal };
    await expect(verifyAgent.run(step, context)).rejects.toThrow('the user stopped it');
  });
});
