import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRealSystem } from '../../src/system/real-system.ts';
import { type BootedMachine, bootMachine } from '../support/booted-machine.ts';
import { cacheOnMachine, checkoutOnMachine, nodeOnMachine, type Ran } from '../support/throwaway-machine.ts';
import { openStage } from './stage.ts';

const kickstart = [nodeOnMachine, `${checkoutOnMachine}/dist/kickstart/kickstart.cjs`];

// Before the tests have their names: the reason why they are skipped is in them.
const stage = await openStage();
const { caFile } = stage;
const { machine, refusal } = await bootedOrRefusal();

afterAll(async () => {
  if (machine === undefined) return;
  await machine.shutDown();
  await stage.close();
});

const claim = ['--claim-rooms', stage.rooms.join(','), '--claim-url', stage.cloud.url, '--ca-file', caFile];

describe.each([
  { place: 'below a prefix', where: ['--install', '/opt/x'], root: '/opt/x/netdata', how: 'as it is claimed', runs: [claim] },
  { place: 'in the system', where: [], root: '', how: 'and claimed later', runs: [[], claim] },
])('an agent $place, on a machine that systemd started, installed $how', ({ where, root, runs }) => {
  const title = (text: string) => (refusal === undefined ? text : `${text} (skipped: ${refusal})`);
  const test = it.skipIf(machine === undefined);
  const ca = `${root}/etc/netdata/cloud-ca.pem`;
  let port: number;
  let before: readonly string[];

  beforeAll(async () => {
    if (machine === undefined) return;
    port = await createRealSystem({ environment: {} }).freePort();
    // The machine shares its network with others, which may have an agent at the usual port.
    const configuration = `[web]\\n    bind to = 127.0.0.1\\n    default port = ${port}\\n`;
    await run('sh', '-c', `mkdir -p ${root}/etc/netdata && printf '${configuration}' > ${root}/etc/netdata/netdata.conf`);
    before = await changes();
  });

  test(title('is enabled, runs, trusts the private CA, and is online'), async () => {
    for (const words of runs) {
      const ran = await install([...where, ...words]);
      expect(ran.stderr).toBe('');
      expect(ran.exitCode).toBe(0);
    }
    expect(await property('UnitFileState')).toBe('enabled');
    expect(await property('ActiveState')).toBe('active');
    expect(await property('FragmentPath')).toBe('/etc/systemd/system/netdata.service');
    // Below a prefix it has a control pipe of its own.
    const ownPipe = `NETDATA_PIPENAME=${root}/var/run/netdata/netdata.pipe NETDATA_RUN_DIR=${root}/var/run/netdata `;
    expect(await property('Environment')).toBe(`${root === '' ? '' : ownPipe}SSL_CERT_FILE=${ca}`);
    // Below it are the certificates of the system.
    expect((await run('sh', '-c', `cmp -n $(stat -c %s ${caFile}) ${ca} ${caFile}`)).exitCode).toBe(0);
    expect((await run('ps', '-o', 'user=', '-p', await property('MainPID'))).stdout).toBe('netdata\n');
    expect(await info()).toMatchObject({ 'aclk-available': true });
    // The question that kickstart status asks of an agent that is not online.
    const journal = ['--namespace=+netdata', `_PID=${await property('MainPID')}`, '--lines', '200', '--no-pager', '--quiet'];
    expect((await run('journalctl', ...journal, '--output', 'cat')).stdout).toContain('ACLK connection successfully established');
  });

  test(title('is back online after systemctl restart, as another process'), async () => {
    const first = await property('MainPID');
    expect((await run('systemctl', 'restart', 'netdata')).exitCode).toBe(0);
    expect(await property('MainPID')).not.toBe(first);
    await online();
    expect(await property('ActiveState')).toBe('active');
  });

  test(title('is back online after a reboot'), async () => {
    await machine?.reboot();
    expect(await property('ActiveState')).toBe('active');
    await online();
  });

  test(title('keeps its service when another agent is to be installed beside it'), async () => {
    const definition = async () => (await run('systemctl', 'cat', 'netdata')).stdout;
    const [service, all] = [await definition(), await changes()];
    const { exitCode, stderr } = await install(['--install', '/opt/another', '--disable-cloud']);
    expect(stderr).toContain(`it starts ${root}/usr/sbin/netdata.`);
    expect(stderr).toContain('EXISTING_SERVICE');
    expect(exitCode).toBe(3);
    expect(await definition()).toBe(service);
    expect(await changes()).toEqual(all);
    expect(await info()).toMatchObject({ 'aclk-available': true });
  });

  test(title('is back online as the newer version after an upgrade'), async () => {
    stage.mirror.setLatest('v1.31.1');
    try {
      expect(await install(where)).toMatchObject({ exitCode: 0, stderr: '' });
    } finally {
      stage.mirror.setLatest('v1.31.0');
    }
    expect(await info()).toMatchObject({ version: 'v1.31.1', 'aclk-available': true });
    expect(await property('ActiveState')).toBe('active');
  });

  test(title('is gone after uninstall: unit, account, files and process'), async () => {
    const { exitCode, stderr } = await run(...kickstart, 'uninstall', ...where);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(await property('LoadState')).toBe('not-found');
    expect(await property('ActiveState')).toBe('inactive');
    expect((await run('getent', 'passwd', 'netdata')).exitCode).toBe(2);
    expect((await run('pgrep', '-x', 'netdata')).exitCode).toBe(1);
    expect(await changes()).toEqual(before);
  });

  const changes = async () => (await stage.machine.changes()).filter((entry) => !ofTheStartOrTheCache.test(`/${entry}`));

  const property = async (name: string) =>
    (await run('systemctl', 'show', 'netdata', '--value', '--property', name)).stdout.trim();

  async function info(): Promise<Record<string, unknown> | undefined> {
    const answer = await run('curl', '-sS', `http://127.0.0.1:${port}/api/v1/info`);
    return answer.exitCode === 0 ? JSON.parse(answer.stdout) : undefined;
  }

  const online = () => expect.poll(info, { timeout: 60_000, interval: 100 }).toMatchObject({ 'aclk-available': true });
});

function run(...command: readonly string[]): Promise<Ran> {
  return runWith({}, command);
}

function install(words: readonly string[]): Promise<Ran> {
  const environment = {
    NETDATA_TARBALL_BASEURL: `${stage.mirror.url}/releases`,
    ...(words.includes('--claim-url') && { NETDATA_CLAIM_TOKEN: stage.token }),
  };
  return runWith(environment, [...kickstart, '--build-only', '--cache-directory', cacheOnMachine, ...words]);
}

function runWith(environment: Record<string, string>, command: readonly string[]): Promise<Ran> {
  if (machine === undefined) throw new Error(refusal);
  return machine.run(command, environment);
}

async function bootedOrRefusal(): Promise<{ machine?: BootedMachine; refusal?: string }> {
  try {
    return { machine: await bootMachine(stage.machine) };
  } catch (error) {
    // Where every test of a file is skipped, no hook runs.
    await stage.close();
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

// What a machine writes about itself while it starts and stops.
const ofTheStartOrTheCache = new RegExp(
  `^(${cacheOnMachine}|/run|/var/log/(wtmp|btmp|lastlog|journal)|/var/lib/systemd|/(var/)?tmp/systemd-private-[^/]*)\\b`,
);
