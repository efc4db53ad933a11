import { describe, expect, it } from 'vitest';
import { catalog } from '../../src/artifacts/catalog.ts';
import { builderUsers } from '../../src/host/builder.ts';
import { builderOf } from '../../src/plan/builders.ts';
import { sourceBuildStages } from '../../src/plan/source-build.ts';
import { createFakeSystem } from '../support/fake-system.ts';
import { factsOf, optionsWith, release } from './plan-input.ts';

const nobody = createFakeSystem({ commands: [{ program: 'getent', result: { exitCode: 2 } }] });
const builders = await builderUsers('/var/cache/kickstart/work', nobody);

describe('each build of a plan', () => {
  it('has a user that no other build has', () => {
    const facts = factsOf('debian-12-in-docker', { builders });
    const stages = sourceBuildStages({ options: optionsWith({ cloud: 'require' }), facts, runId: 'RUN', release });
    const steps = stages.flatMap((stage) => stage.steps.map(({ step }) => step));
    const users = steps.flatMap((step) => ('builder' in step && step.builder ? [step.builder.userId] : []));
    // The check of OpenSSL, three libraries, and the agent.
    expect(users).toHaveLength(5);
    expect(new Set(users).size).toBe(5);
    const fetched = steps.flatMap((step) => (step.kind === 'fetch-artifact' ? [step.unpack?.owner?.userId] : []));
    expect(fetched).toEqual([users.at(-1)]);
  });

  it('has one whatever libraries it needs', () => {
    const builds = ['agent', 'openssl', ...catalog.map(({ component }) => component)];
    const facts = factsOf('debian-12-in-docker', { builders });
    const users = builds.map((build) => builderOf(build, { facts }).builder?.userId);
    expect(new Set(users).size).toBe(builds.length);
    expect(users).not.toContain(undefined);
  });

  it('has the rights of kickstart where there are no such users', () => {
    expect(builderOf('agent', { facts: factsOf('debian-12-in-docker') })).toEqual({});
  });
});
