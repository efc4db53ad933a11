import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cacheOnMachine, type Ran, throwawayMachineRefusal } from '../support/throwaway-machine.ts';
import { type Field, openField, type Prefix } from './roots.ts';

const refusal = (await throwawayMachineRefusal()) ?? inject('testLibraries').refusal;
if (refusal !== undefined) console.warn(`SKIPPED: no machine of its own, or no libraries for the agents. ${refusal}`);

const wrongToken = 'CANARYwrongTOKEN0123456789';
const password = 'CANARYproxyPASSWORD';
const proxy = `http://ann:${password}@127.0.0.1:9`;
// Of the test itself: what to look for, and what kickstart is to read.
const own = '/var/tmp/of-the-test';

describe.skipIf(refusal !== undefined)(`the secrets of a claim${refusal === undefined ? '' : `: ${refusal}`}`, () => {
  let field: Field;
  let prefix: Prefix;
  let state: string;
  const said: string[] = [];
  const seenInProcesses: string[] = [];

  beforeAll(async () => {
    field = await openField({ tags: ['v1.31.0'] });
    prefix = await field.newPrefix();
    state = `${prefix.path}/netdata/var/lib/netdata/cloud.d`;
    await field.shell(`
      mkdir -m 700 ${own}
      umask 077
      printf '%s\\n' '${field.token}' > ${own}/token
      printf '%s\\n' '${wrongToken}' > ${own}/wrong-token
      printf '%s\\n' '${field.token}' '${wrongToken}' '${password}' > ${own}/canaries`);
  });
  afterAll(() => field?.close());

  it('are found where they are told, so that this can find them at all', async () => {
    const watch = await watchProcesses();
    await field.machine.run(['sleep', '0.5'], { environment: { HANDED_ON: wrongToken } });
    await field.machine.run(['sh', '-c', 'sleep 0.5; :', password]);
    expect((await watch.end()).map((line) => line.replace(/\d+/, 'PID'))).toEqual(
      expect.arrayContaining(['/proc/PID/environ sleep 0.5', expect.stringMatching(/^\/proc\/PID\/cmdline sh -c sleep 0\.5; :/)]),
    );
    expect(await filesWithSecrets()).toEqual([]);
    await field.shell(`printf %s ${password} > /var/tmp/told`);
    expect(await filesWithSecrets()).toEqual(['/var/tmp/told']);
    await field.shell('rm /var/tmp/told');
  });

  it('are in no output of claims that work and that fail, and in no process that one of them started', async () => {
    const install = [...prefix.words, '--require-cloud', '--cache-directory', cacheOnMachine, '--claim-verbose'];
    const token = ['--claim-token-file', `${own}/token`];
    const to = ['--install', prefix.path, ...field.claim.words, '--claim-verbose'];
    expect((await ran([...install, ...field.claim.words, ...token])).exitCode).toBe(0);
    await field.shell(`sed -n '3,9p' ${state}/private.pem >> ${own}/canaries`);

    const statuses = [
      await ran(['claim', '--new-id', ...to, ...token]),
      await ran(['claim', '--new-id', '--json', ...to, ...token]),
      await ran(['claim', '--new-id', ...to, '--claim-token-file', `${own}/wrong-token`]),
      await ran(['claim', '--new-id', '--json', ...to, '--claim-token-file', `${own}/wrong-token`]),
      await ran(['claim', '--new-id', ...to, ...token], { NETDATA_CLAIM_PROXY: proxy }),
      await ran(['claim', '--new-id', '--json', ...to, ...token], { https_proxy: proxy }),
      await ran(['claim', '--new-id', '--claim-proxy-configure', ...to, ...token], { NETDATA_CLAIM_PROXY: proxy }),
      await ran(['claim', '-token', wrongToken, ...to]),
      await ran(['claim', `-tokn=${wrongToken}`, ...to]),
      await ran(['claim', '--dry-run', '--json', '--new-id', ...to, ...token], { NETDATA_CLAIM_PROXY: proxy }),
      await ran(['unclaim', '--json', '--install', prefix.path]),
      await ran(['unclaim', '--restore', '--install', prefix.path]),
      await ran(['status', '--json', '--install', prefix.path]),
      await ran(['status', '--install', prefix.path]),
    ].map(({ exitCode }) => exitCode);

    expect(statuses).toEqual([0, 0, 6, 6, 3, 0, 3, 2, 2, 3, 0, 0, 0, 0]);
    const canaries = (await field.shell(`cat ${own}/canaries`)).trim().split('\n');
    expect(canaries).toHaveLength(10);
    for (const canary of canaries) expect(said.join('\n')).not.toContain(canary);
    expect(seenInProcesses).toEqual([]);
    const pidFile = `${prefix.path}/netdata/var/run/netdata/netdata.pid`;
    const inAgent = `grep -caF -f ${own}/token -f ${own}/wrong-token "/proc/$(head -n 1 ${pidFile})/environ" || :`;
    expect(await field.shell(inAgent)).toBe('0\n');
  });

  it('are nowhere on the machine but where the agent has its key', async () => {
    const where = await filesWithSecrets();
    expect(where.filter((path) => !path.endsWith('/private.pem'))).toEqual([]);
    expect(where).toContain(`${state}/private.pem`);
  });

  async function ran(words: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
    const watch = await watchProcesses();
    const result = await field.kickstart(words, environment);
    said.push(result.stdout, result.stderr);
    // kickstart itself has what it was given, and so has who started it.
    const started = (await watch.end()).filter((line) => !line.includes('kickstart.cjs'));
    seenInProcesses.push(...started);
    return result;
  }

  /** Looks at the words and the environment of every process of the machine, again and again. */
  async function watchProcesses() {
    // The signal to end goes to nsenter alone; the shell inside of it looks for this file.
    const goOn = `${own}/go-on`;
    // Its words first: a process that ends meanwhile has none any more, and no environment either.
    const script = `
      while [ -e ${goOn} ]; do
        for process in /proc/[0-9]*; do
          words=$(tr '\\0' ' ' 2> /dev/null < "$process/cmdline")
          for place in $(grep -laF -f ${own}/canaries "$process/cmdline" "$process/environ" 2> /dev/null); do
            printf '%s %s\\n' "$place" "$words"
          done
        done
        sleep 0.02
      done`;
    await field.shell(`: > ${goOn}`);
    const child = field.machine.start(['sh', '-c', script]);
    let seen = '';
    child.stdout?.on('data', (text) => {
      seen += text;
    });
    return {
      async end(): Promise<readonly string[]> {
        const closed = new Promise((done) => child.once('close', done));
        await field.shell(`rm ${goOn}`);
        await closed;
        return [...new Set(seen.split('\n').map((line) => line.trim()))].filter(Boolean);
      },
    };
  }

  /** Files that this machine has and the host has not. */
  async function filesWithSecrets(): Promise<readonly string[]> {
    const files = (await field.machine.changes()).flatMap((line) => {
      const [path, kind] = line.split('\t');
      return kind === 'f' && !`/${path}`.startsWith(own) ? [`'/${path}'`] : [];
    });
    return (await field.shell(`grep -laF -f ${own}/canaries /dev/null ${files.join(' ')} || :`)).split('\n').filter(Boolean);
  }
});
