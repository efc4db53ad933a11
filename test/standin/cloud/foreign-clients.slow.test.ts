import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionReport, oneTimePassword } from './agent-socket.ts';
import { bridgeTo } from './mosquitto-bridge.ts';
import { admin, claim, newCloud, nodeView, recordedId, type TestCloud } from './test-cloud.ts';

const root = `/agent/${recordedId}`;
const programs = ['/usr/bin/mosquitto_pub', '/usr/bin/mosquitto_sub', '/usr/bin/mosquitto_rr', '/usr/bin/stunnel4'];
const missing = programs.filter((program) => !existsSync(program));
if (missing.length > 0) console.warn(`SKIPPED: ${missing.join(', ')} not here: see scripts/debian-packages.txt`);

describe.skipIf(missing.length > 0).each(['mqttv5', 'mqttv311'])(
  "Debian's mosquitto, behind a stunnel and with %s,",
  (version) => {
    it('says that it is reachable, and is asked for its nodes, on one connection', async () => {
      const { cloud, run, report } = await claimedMachine(version);
      const topics = ['-t', `${root}/outbound/v1/agent-connection`, '-e', `${root}/inbound/v1/cmd/SendNodeInstances`];
      const requester = await run('mosquitto_rr', ['-q', '1', ...topics, '-m', report, '-F', '%t %q %x']);
      expect(await requester.ended()).toEqual({
        code: 0,
        stdout: `${root}/inbound/v1/cmd/SendNodeInstances 1 0a24${Buffer.from(recordedId).toString('hex')}\n`,
      });
      expect(await cloud.event('offline')).toMatchObject({ id: recordedId, reason: 'will' }); // it sends no DISCONNECT
    });

    it('gets what the Cloud asks of the agent', async () => {
      const { cloud, run } = await claimedMachine(version);
      const subscriber = await run('mosquitto_sub', ['-q', '1', '-t', `${root}/inbound/cmd`, '-C', '1', '-F', '%t %q %p', '-d']);
      await subscriber.printed('Subscribed');
      // It never answers: it leaves, and so the query ends before its time.
      expect((await admin(cloud, 'POST', `nodes/${recordedId}/query`, { path: '/api/v1/info' })).status).toBe(504);
      const { code, stdout } = await subscriber.ended();
      expect(stdout).toContain(`${root}/inbound/cmd 1 {"type":"http","version":2,`);
      expect(stdout).toContain('GET /api/v1/info HTTP/1.1');
      expect(code).toBe(0);
    });

    it.each(['1', '2'])('has what it publishes with QoS %s acknowledged', async (qos) => {
      const { cloud, run, report } = await claimedMachine(version);
      const publisher = await run('mosquitto_pub', ['-q', qos, '-t', `${root}/outbound/v1/agent-connection`, '-m', report]);
      expect(await publisher.ended()).toEqual({ code: 0, stdout: '' });
      expect(cloud.events).toContainEqual({ kind: 'reachable', id: recordedId, reachable: true });
      expect(await cloud.event('offline')).toMatchObject({ reason: 'graceful' });
    });

    it('is offline by its will when it is killed', async () => {
      const { cloud, run } = await claimedMachine(version);
      const subscriber = await run('mosquitto_sub', ['-t', `${root}/inbound/cmd`, '-d']);
      await subscriber.printed('Subscribed');
      expect(await nodeView(cloud)).toMatchObject({ link: { state: 'online', mqttLevel: version === 'mqttv5' ? 5 : 4 } });
      subscriber.kill();
      expect(await cloud.event('offline')).toMatchObject({ id: recordedId, reason: 'will' });
    });

    it('is told that a password is not good', async () => {
      const { cloud, run, report } = await claimedMachine(version);
      const publisher = await run(
        'mosquitto_pub',
        ['-t', `${root}/outbound/v1/agent-connection`, '-m', report],
        'not the password',
      );
      const { code } = await publisher.ended();
      expect(code).toBe(version === 'mqttv5' ? 135 : 5);
      expect(cloud.events.map(({ kind }) => kind)).not.toContain('online');
    });
  },
);

interface Machine {
  cloud: TestCloud;
  /** The message that says the agent is reachable. */
  report: string;
  /** Starts a client with the identity and the will of the claimed agent, and a fresh password. */
  run(program: string, words: readonly string[], password?: string): Promise<Client>;
}

interface Client {
  /** Resolves when it has printed this text. */
  printed(text: string): Promise<void>;
  /** Its exit code, and all that it printed. */
  ended(): Promise<{ code: number | null; stdout: string }>;
  kill(): void;
}

async function claimedMachine(version: string): Promise<Machine> {
  const cloud = await newCloud();
  expect((await claim(cloud)).status).toBe(204);
  const port = await bridgeTo(cloud);
  const report = connectionReport(recordedId, true).toString(); // all ASCII, and no byte of it is zero
  const identity = ['-h', '127.0.0.1', '-p', `${port}`, '-V', version, '-i', recordedId, '-u', recordedId];
  const will = [
    '--will-topic',
    `${root}/outbound/v1/agent-connection`,
    '--will-payload',
    `${connectionReport(recordedId, false)}`,
  ];
  return {
    cloud,
    report,
    run: async (program, words, password) =>
      startClient(program, [...identity, '-P', password ?? (await oneTimePassword(cloud)), ...will, ...words]),
  };
}

function startClient(program: string, words: readonly string[]): Client {
  const command = ['--pdeathsig', 'KILL', 'stdbuf', '--output=L', program, ...words];
  const client = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = Promise.withResolvers<number | null>();
  const watchers = new Set<() => void>();
  let stdout = '';
  client.stdout.on('data', (piece: Buffer) => {
    stdout += piece;
    for (const watch of watchers) watch();
  });
  client.once('close', end.resolve);
  onTestFinished(() => void client.kill('SIGKILL'));
  return {
    async printed(text) {
      const seen = new Promise<void>((resolve) => watchers.add(() => stdout.includes(text) && resolve()));
      const isOver = await Promise.race([seen.then(() => false), end.promise.then(() => true)]);
      if (isOver) throw new Error(`${program} ended without printing ${text}: ${stdout}`);
    },
    ended: async () => ({ code: await end.promise, stdout }),
    kill: () => void client.kill('SIGKILL'),
  };
}
