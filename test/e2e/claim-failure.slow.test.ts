import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type E2eStage, openStage } from './stage.ts';

const refusal = await throwawayMachineRefusal();

describe.skipIf(refusal !== undefined)(`a claim that fails${refusal === undefined ? '' : ` (SKIPPED: ${refusal})`}`, () => {
  let stage: E2eStage;
  let claim: readonly string[];

  beforeAll(async () => {
    stage = await openStage();
    claim = ['--claim-url', stage.cloud.url, '--ca-file', stage.caFile, '--wait-seconds', '3'];
  });
  afterAll(() => stage?.close());

  it('takes the whole fresh install back when it is told to', async () => {
    const prefix = await stage.newPrefix();
    const before = await changes();
    const words = ['--build-only', '--install', prefix.path, ...claim, '--on-claim-failure', 'undo'];
    const refused = await stage.kickstart(words, { environment: { NETDATA_CLAIM_TOKEN: 'not-the-token' } });
    expect(refused.stderr).toContain('CLAIM_TOKEN_INVALID');
    expect(refused.exitCode).toBe(4);
    expect(await prefix.info()).toBeUndefined();
    expect(await changes()).toEqual(before);
  });

  it('names the layer that keeps the link down, in the run and in status, and leaves the claimed agent', async () => {
    const prefix = await stage.newPrefix();
    await misbehave('PUT', { endpoint: 'mqtt', status: 502 });
    const words = ['--build-only', '--install', prefix.path, ...claim, '--claim-rooms', stage.rooms.join(',')];
    const offline = await stage.kickstart(words, { environment: { NETDATA_CLAIM_TOKEN: stage.token } });
    expect(offline.exitCode).toBe(6);
    expect(offline.stderr).toContain('The agent was claimed, and did not come online at');
    expect(offline.stderr).toContain('LINK_WEBSOCKET_REFUSED');
    expect(offline.stdout).not.toContain('Agent was successfully claimed.');
    const status = await statusOf(prefix.path);
    expect(status).toMatchObject({
      exitStatus: 6,
      claim: { claimed: true, rooms: stage.rooms },
      firstFailing: { layer: 'websocket', code: 'LINK_WEBSOCKET_REFUSED' },
    });
    await misbehave('DELETE');
    await stage.until(async () => (await prefix.info())?.['aclk-available'] === true);
    expect(await statusOf(prefix.path)).toMatchObject({ exitStatus: 0, link: { state: 'online' } });
    expect((await stage.kickstart(['uninstall', '--install', prefix.path])).exitCode).toBe(0);
  });

  /** Without the cache, which is named in the command line and so is the user's. */
  async function changes(): Promise<readonly string[]> {
    return (await stage.machine.changes()).filter((line) => !line.includes('/test-output/cache/'));
  }

  async function statusOf(path: string): Promise<object> {
    return JSON.parse((await stage.kickstart(['status', '--json', '--install', path])).stdout);
  }

  async function misbehave(method: 'PUT' | 'DELETE', body?: object): Promise<void> {
    const words = body === undefined ? [] : ['--data', JSON.stringify(body)];
    const url = `${stage.cloud.url}/standin/v1/misbehaviour`;
    const authorization = `Authorization: Bearer ${stage.cloud.adminToken}`;
    const { exitCode, stderr } = await stage.machine.run([
      ...['curl', '--silent', '--show-error', '--fail', '--cacert', stage.caFile, '--request', method],
      ...['--header', authorization, ...words, url],
    ]);
    expect(exitCode, stderr).toBe(0);
  }
});
