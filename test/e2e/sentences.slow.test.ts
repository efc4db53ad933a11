import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Ran } from '../support/throwaway-machine.ts';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField, type Prefix } from './roots.ts';
import { withoutAptTraces } from './roots-apt-traces.ts';
import { type Cause, cache, causes, prepareMachine, tampered } from './sentences-causes.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no throw-away machine with the libraries in a cache. ${refusal}`);

describe.skipIf(refusal !== undefined)(
  `a library of the link that cannot be had${refusal === undefined ? '' : `: ${refusal}`}`,
  () => {
    let field: Field;

    beforeEach(async () => {
      field = await openField({ network: 'loopback', tags: ['v1.31.0'], files: tampered });
      await field.shell(prepareMachine);
    });
    afterEach(() => field?.close());

    it.each(causes)('lets the install go on without Cloud, and is told: $sentence ($when)', async (cause) => {
      await field.shell(cause.script);
      const prefix = await field.newPrefix();
      const installed = await run(cause, prefix, []);
      expect(installed.exitCode, `${installed.stdout}${installed.stderr}`).toBe(0);
      expectSaidTwice(installed.stdout, cause);
      expect(await prefix.info()).toMatchObject({ version: 'v1.31.0', 'cloud-available': false, 'agent-claimed': false });

      const claimed = await run(cause, prefix, field.claim.words, field.claim.environment);
      expectClaimRefused(claimed);
    });

    it('with the options of a claim, installs and says why the claim is not tried', async () => {
      const [cause] = causes;
      if (cause === undefined) throw new Error('There are eight.');
      await field.shell(cause.script);
      const prefix = await field.newPrefix();
      const installed = await run(cause, prefix, field.claim.words, field.claim.environment);
      expectSaidTwice(installed.stdout, cause);
      expectClaimRefused(installed);
      expect(await prefix.info()).toMatchObject({ version: 'v1.31.0', 'agent-claimed': false });
    });

    it.each(causes)('ends a run that requires Cloud, which is taken back, when $when: $sentence', async (cause) => {
      await field.shell(cause.script);
      const prefix = await field.newPrefix();
      const before = await changes(prefix);
      const failed = await run(cause, prefix, ['--require-cloud']);
      expect(failed.exitCode, `${failed.stdout}${failed.stderr}`).toBe(4);
      expect(failed.stderr).toContain(`${cause.requiredCode ?? cause.code}.`);
      if (cause.requiredCode === undefined) for (const words of cause.says) expect(failed.stderr).toContain(words);
      expect(await prefix.info()).toBeUndefined();
      expect(await changes(prefix)).toEqual(before);
    });

    it('is not even looked for when Cloud is disabled: nothing is fetched, nothing compiled', async () => {
      const log = '/var/tmp/sentences/cmakes';
      await field.shell(`
      rm -rf ${cache}
      printf '#!/bin/sh\necho "$*" >> ${log}\nexec /usr/bin/cmake "$@"\n' > /usr/local/bin/cmake
      chmod 755 /usr/local/bin/cmake`);
      const prefix = await field.newPrefix();
      const words = ['--disable-cloud', '--mirror', `${field.mirror.url}/libraries`, '--cache-directory', cache];
      const installed = await field.kickstart([...prefix.words, ...words]);
      expect(installed.exitCode, `${installed.stdout}${installed.stderr}`).toBe(0);
      expect(await prefix.info()).toMatchObject({ 'cloud-enabled': false, 'cloud-available': false });
      expect(field.mirror.requests.map(({ path }) => path).filter((path) => path.startsWith('/libraries'))).toEqual([]);
      // Which CMake is here is asked before every build.
      expect(await field.shell(`grep -vx -e --version ${log} || true; ls ${cache}/built 2>/dev/null || true`)).toBe('');
      const archives = await field.shell(`find ${cache} -name '*.tar.gz' -printf '%f\n'`);
      expect(archives).toBe('netdata-v1.31.0.tar.gz\n');
    });

    it('is no question when Cloud is required and disabled: that is a mistake, and nothing is touched', async () => {
      const prefix = await field.newPrefix();
      const before = await field.machine.changes();
      const mistaken = await field.kickstart([...prefix.words, '--require-cloud', '--disable-cloud']);
      expect(mistaken.stderr).toContain('USAGE_CONFLICT');
      expect(mistaken.exitCode).toBe(2);
      expect(field.mirror.requests).toEqual([]);
      expect(await field.machine.changes()).toEqual(before);
    });

    /** Without the logs, and without the agent's archive, which stays in a cache that is the administrator's. */
    async function changes({ stateDirectory }: Prefix): Promise<readonly string[]> {
      const stays = [stateDirectory, '/var/lib/kickstart\t', `${cache}/sources/`];
      const all = withoutAptTraces(await field.machine.changes());
      return all.filter((line) => !stays.some((start) => `/${line}`.startsWith(start)));
    }

    function run(cause: Cause, prefix: Prefix, words: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
      const own = (cause.words ?? []).map((word) => word.replace('MIRROR', field.mirror.url));
      return field.kickstart([...prefix.words, '--cache-directory', cache, ...own, ...words], {
        ...cause.environment,
        ...environment,
      });
    }

    function expectClaimRefused({ exitCode, stdout, stderr }: Ran): void {
      expect(stderr, stdout).toContain('CLAIM_AGENT_WITHOUT_CLOUD');
      expect(exitCode).toBe(6);
      const claims = field.cloudEvents.filter(
        (event) => event.kind === 'claimed' || (event.kind === 'request' && event.method === 'PUT'),
      );
      expect(claims).toEqual([]);
    }
  },
);

/** Once below the step that it is about, and once at the end with cause, cure and code. */
function expectSaidTwice(stdout: string, { sentence, code, says }: Cause): void {
  const lines = stdout.split('\n');
  const atItsMoment = lines.indexOf(`  ! ${sentence}`);
  const agentBuilt = lines.indexOf('Build the agent');
  const inSummary = lines.indexOf(`! ${sentence}`);
  expect(atItsMoment, stdout).toBeGreaterThan(0);
  expect(agentBuilt).toBeGreaterThan(atItsMoment);
  expect(inSummary).toBeGreaterThan(agentBuilt);
  const after = lines.slice(inSummary + 1);
  const explanation = after
    .slice(
      0,
      after.findIndex((line) => !line.startsWith('    ')),
    )
    .join('\n');
  expect(explanation).toContain(`${code}.`);
  for (const words of says) expect(explanation).toContain(words);
}
