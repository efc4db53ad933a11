import { describe, expect, it } from 'vitest';
import { planText } from '../../src/cli/plan-text.ts';
import { type ClaimOptions, plainClaim } from '../../src/plan/install-options.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type InstalledAgent, planInstall, planUpgrade } from '../../src/plan/plan-install.ts';
import { Secret } from '../../src/system/secret.ts';
import { factsOf, fixtureNames, optionsWith, release } from './plan-input.ts';

const claim: ClaimOptions = { ...plainClaim, token: new Secret('T0KEN'), rooms: ['r1', 'r2'], url: 'https://cloud.example' };
const runId = 'RUN';
const installed: InstalledAgent = {
  ...{
    version: '1.31.0',
    generation: 'cloud.d',
    runAsUser: 'netdata',
    restarts: true,
    configurationWritable: true,
    ownsClaim: true,
  },
  ...{ claimed: true, cloudEnabled: true, cloudUrl: 'https://cloud.example', privateCa: false, byHand: false },
};

function ids(plan: Plan): string[] {
  return plan.stages.flatMap(({ steps }) => steps.map(({ id }) => id));
}

describe('the plan of an install', () => {
  it.each(fixtureNames)('reads like this on %s', (name) => {
    const facts = factsOf(name, { existingInstall: { kind: 'none' } });
    expect(planText(planInstall({ options: optionsWith({ claim }), facts, runId, release }))).toMatchSnapshot();
  });

  it('puts kickstart on PATH where there is one that stays, and never over what is there', () => {
    const plan = planInstall({
      options: optionsWith({ launcher: { text: '#!/bin/sh\n', when: 'absent' } }),
      facts: factsOf('debian-12-in-docker'),
      runId,
      release,
    });
    const steps = plan.stages.flatMap((stage) => stage.steps);
    expect(steps.find(({ id }) => id === 'write-file:launcher')?.step).toEqual({
      ...{ kind: 'write-file', path: '/usr/local/bin/kickstart', content: '#!/bin/sh\n', mode: 0o755 },
      ...{ when: 'absent', ifDirectory: true },
    });
    expect(ids(planInstall({ options: optionsWith(), facts: factsOf('debian-12-in-docker'), runId, release }))).not.toContain(
      'write-file:launcher',
    );
  });

  it('keeps a kickstart that would go, before all else, and renews it with whatever comes later', () => {
    const kept = { from: '/tmp/kickstart.abc/kickstart', to: '/state/program' };
    const options = optionsWith({ launcher: { text: '#!/bin/sh\n', when: 'absent', kept } });
    const input = { options, facts: factsOf('debian-12-in-docker'), runId, release };
    const older = { ...installed, version: '1.30.0' };
    for (const plan of [planInstall(input), planUpgrade(input, older), planUpgrade(input, installed)]) {
      const [keep, write] = plan.stages.flatMap(({ steps }) => steps);
      expect(keep?.step).toEqual({
        ...{ kind: 'install-tree', of: 'kickstart', ...kept },
        ...{ backupDirectory: '/state/program-RUN', rights: [], groupOf: 'root' },
      });
      expect(write?.step).toMatchObject({ kind: 'write-file', path: '/usr/local/bin/kickstart', when: 'absent' });
      // An agent does without it, where /usr/local is read-only.
      expect([keep?.optional, write?.optional]).toEqual([notOnPath, notOnPath]);
      expect(write?.needs).toEqual(['install-tree:kickstart-RUN']);
      expect(ids(plan).filter((id) => id.startsWith('write-file:launcher'))).toEqual(['write-file:launcher-RUN']);
    }
  });

  const notOnPath = {
    sentence:
      'kickstart could not be put on PATH (/usr/local/bin/kickstart): start it the way you did now. netdata-claim.sh of this agent does not find it.',
  };

  it('says why kickstart is not put on PATH', () => {
    const options = optionsWith({ noLauncher: 'kickstart is not put on PATH: only root can.' });
    const { decisions } = planInstall({ options, facts: factsOf('debian-12-in-docker'), runId, release });
    expect(decisions).toContain('kickstart is not put on PATH: only root can.');
  });

  it('says the token nowhere', () => {
    const plan = planInstall({ options: optionsWith({ claim }), facts: factsOf('debian-12-in-docker'), runId, release });
    expect(JSON.stringify(plan)).not.toContain('T0KEN');
  });

  it('has ids that are unique, so that the receipt can tell steps apart', () => {
    const all = ids(planInstall({ options: optionsWith({ claim }), facts: factsOf('debian-13-minimal'), runId, release }));
    expect(new Set(all).size).toBe(all.length);
  });

  it('leaves the agent when the claim fails, or takes all back: as --on-claim-failure says', () => {
    const keeps = (onFailure: ClaimOptions['onFailure']) => {
      const options = optionsWith({ claim: { ...claim, onFailure } });
      const { stages } = planInstall({ options, facts: factsOf('debian-12-in-docker'), runId, release });
      return stages.filter(({ failureUndoes }) => failureUndoes === 'stage').map(({ steps }) => steps.map(({ id }) => id));
    };
    expect(keeps('keep')).toEqual([['create-identity'], ['claim-node:RUN'], ['verify-cloud-link']]);
    expect(keeps('undo')).toEqual([]);
  });

  it('has the mark that switches the statistics of the agent off, when that is asked for: fresh, newer or as it is', () => {
    const options = optionsWith({ disableTelemetry: true });
    const input = { options, facts: factsOf('debian-12-in-docker'), runId, release };
    const older = { ...installed, version: '1.30.0' };
    for (const plan of [planInstall(input), planUpgrade(input, older), planUpgrade(input, installed)]) {
      const [step] = plan.stages.flatMap(({ steps }) => steps).filter(({ id }) => id === 'write-file:opt-out');
      expect(step?.step).toMatchObject({ path: '/opt/x/netdata/etc/netdata/.opt-out-from-anonymous-statistics', content: '' });
    }
    expect(ids(planInstall({ ...input, options: optionsWith() }))).not.toContain('write-file:opt-out');
  });

  it('fetches and builds no library of the link when Cloud is disabled', () => {
    const plan = planInstall({
      options: optionsWith({ cloud: 'disable' }),
      facts: factsOf('debian-12-in-docker'),
      runId,
      release,
    });
    expect(ids(plan).filter((id) => id.startsWith('build-dependency'))).toEqual([]);
    expect(ids(plan).filter((id) => id.startsWith('fetch-artifact'))).toEqual(['fetch-artifact:netdata-v1.31.0']);
    expect(plan.decisions).toContain('Cloud is disabled: no library for it is fetched or built.');
  });

  it('goes on by default where what only the link is built with cannot be installed; not when Cloud is required', () => {
    const facts = factsOf('debian-13-minimal');
    const installed = (cloud: 'detect' | 'require' | 'disable') =>
      planInstall({ options: optionsWith({ cloud }), facts, runId, release })
        .stages.flatMap(({ steps }) => steps)
        .flatMap(({ step, optional }) =>
          step.kind === 'install-packages' ? [[step.packages.join(' '), optional?.sentence]] : [],
        );
    const ofAgent = 'gcc libc6-dev make pkg-config zlib1g-dev uuid-dev libuv1-dev liblz4-dev libssl-dev';
    const ofFeatures = ['libjudy-dev', 'Could not install libjudy-dev. The agent is built without what needs it.'];
    expect(installed('detect')).toEqual([
      [ofAgent, undefined],
      [
        'g++ cmake',
        'Could not install what the link to Netdata Cloud is built with (g++, cmake). The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
      ],
      ofFeatures,
    ]);
    expect(installed('require')).toEqual([[`${ofAgent} g++ cmake`, undefined], ofFeatures]);
    expect(installed('disable')).toEqual([[ofAgent, undefined], ofFeatures]);
  });

  it('installs all build tools for an agent that is itself built with CMake, also without Cloud', () => {
    const facts = factsOf('debian-13-minimal');
    const newer = { ...release, tag: 'v1.45.0', version: '1.45.0' };
    const installed = (cloud: 'detect' | 'require' | 'disable') =>
      planInstall({ options: optionsWith({ cloud }), facts, runId, release: newer })
        .stages.flatMap(({ steps }) => steps)
        .flatMap(({ step, optional }) =>
          step.kind === 'install-packages' && optional === undefined ? [step.packages.join(' ')] : [],
        );
    const all = 'gcc libc6-dev make pkg-config g++ cmake zlib1g-dev uuid-dev libuv1-dev liblz4-dev libssl-dev libyaml-dev';
    const withCloud = `${all} libprotobuf-dev protobuf-compiler`;
    expect([installed('detect'), installed('require'), installed('disable')]).toEqual([[withCloud], [withCloud], [all]]);
  });

  it('goes on without a library by default, and says the sentence for it; does not when Cloud is required', () => {
    const facts = factsOf('debian-12-in-docker');
    const steps = (cloud: 'detect' | 'require') =>
      planInstall({ options: optionsWith({ cloud }), facts, runId, release }).stages.flatMap((stage) => stage.steps);
    expect(steps('detect').flatMap(({ id, optional }) => (id.startsWith('build-') && optional ? [optional] : []))).toEqual([
      {
        sentence:
          'Failed to build libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
        sentenceFor: {
          ...fetchFailed(
            'Unable to fetch sources for libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
          ),
          BUILD_TOOLS_MISSING:
            'Could not find cmake, which is required to build libwebsockets. The install process will continue, but you may not be able to connect this node to Netdata Cloud.',
        },
      },
      {
        sentence:
          'Failed to build libmosquitto. The install process will continue, but you will not be able to connect this node to Netdata Cloud.',
        sentenceFor: fetchFailed(
          'Unable to fetch sources for libmosquitto. The install process will continue, but you will not be able to connect this node to Netdata Cloud.',
        ),
      },
      {
        sentence: 'Failed to build JSON-C. Netdata Cloud support will be disabled.',
        sentenceFor: {
          ...fetchFailed('Unable to fetch sources for JSON-C. Netdata Cloud support will be disabled.'),
          BUILD_TOOLS_MISSING:
            'Could not find cmake, which is required to build JSON-C. The install process will continue, but Netdata Cloud support will be disabled.',
        },
      },
    ]);
    expect(steps('require').filter(({ id, optional }) => id.startsWith('build-') && optional !== undefined)).toEqual([]);
  });

  it('starts everything that is fetched and built at once, and shares one pool of jobs, as cores and memory go', () => {
    const build = (cores: number, memoryBytes: number, change = {}) => {
      const facts = factsOf('debian-12-in-docker', { cores, memoryBytes });
      const plan = planInstall({ options: optionsWith(change), facts, runId, release });
      const stage = plan.stages.find(({ title }) => title === 'Fetch and build');
      const pools = plan.stages.flatMap(({ steps }) => steps.flatMap(({ step }) => ('jobs' in step ? [step.jobs] : [])));
      return [stage?.atOnce, [...new Set(pools.map(({ path, slots }) => `${slots} in ${path}`))]];
    };
    expect(build(2, 8e9)).toEqual([4, ['2 in /state/work-RUN/jobs']]);
    expect(build(8, 64e9)).toEqual([4, ['8 in /state/work-RUN/jobs']]);
    expect(build(16, 600e6)).toEqual([4, ['2 in /state/work-RUN/jobs']]);
    expect(build(16, 64e9, { buildJobs: 3 })).toEqual([4, ['3 in /state/work-RUN/jobs']]);
  });
});

function fetchFailed(sentence: string) {
  return { FETCH_FAILED: sentence, VERIFY_CHECKSUM: sentence, VERIFY_ARCHIVE_UNSAFE: sentence };
}

it('builds where no earlier run has built, so that nothing of that run is taken for its own', () => {
  const workDirectories = ['RUN', 'OTHER'].map((id) => {
    const plan = planInstall({ options: optionsWith(), facts: factsOf('debian-12-in-docker'), runId: id, release });
    const { step } = plan.stages.flatMap(({ steps }) => steps).find(({ id: name }) => name === 'create-directory:work') ?? {};
    return step?.kind === 'create-directory' && step.path;
  });
  expect(workDirectories).toEqual(['/state/work-RUN', '/state/work-OTHER']);
});

describe('the plan of an upgrade', () => {
  const input = { options: optionsWith(), facts: factsOf('debian-12-in-docker'), runId, release };

  it('replaces the program between stop and start, and proves the link again', () => {
    const plan = planUpgrade({ ...input, release: { ...release, tag: 'v1.31.1', version: '1.31.1' } }, installed);
    expect(plan.title).toBe('Upgrade Netdata below /opt/x/netdata from v1.31.0 to v1.31.1');
    expect(ids(plan).slice(-5)).toEqual([
      'stop-service:RUN',
      'install-tree:RUN',
      'start-service',
      'verify-agent',
      'verify-cloud-link',
    ]);
    expect(ids(plan).some((id) => id.startsWith('claim-node') || id === 'create-identity')).toBe(false);
  });

  it('only checks when the newest is here, or a newer one', () => {
    expect(ids(planUpgrade(input, installed))).toEqual(['start-service', 'verify-agent', 'verify-cloud-link']);
    expect(planUpgrade(input, { ...installed, version: '1.32.0' }).decisions[0]).toContain(
      'newer than the newest there, v1.31.0',
    );
  });

  it('does not wait for a link that nobody asked for', () => {
    expect(ids(planUpgrade(input, { ...installed, claimed: false }))).not.toContain('verify-cloud-link');
  });
});
