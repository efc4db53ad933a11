import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceDescription } from '../../src/host/service-managers.ts';
import { recordPath } from '../../src/steps/process-record.ts';
import { startService } from '../../src/steps/start-service.ts';
import { createRealSystem } from '../../src/system/real-system.ts';
import { createFakeSystem, type FakeCommand } from '../support/fake-system.ts';
import { isAlive, pidOf, scriptService } from '../support/script-service.ts';
import { stepContext } from '../support/step-context.ts';

const real = stepContext(createRealSystem({ environment: process.env }));
const strangers: ChildProcess[] = [];

afterEach(() => {
  for (const stranger of strangers.splice(0)) stranger.kill('SIGKILL');
});

// Most of these programs have nothing to settle, and tests are to be quick.
const ready = { seconds: 0.05 };

describe('a service without a service manager, on this machine', () => {
  it('starts in a session of its own with its environment and its log, and is stopped by the undo', async () => {
    const service = scriptService('echo "$GREETING"; for turn in $(seq 1200); do sleep 0.05; done');
    const step = { kind: 'start-service', service, ready } as const;
    expect(await startService.inspect(step, real.system)).toEqual({ service });
    await startService.run(step, real);
    const processId = pidOf(service);
    const [, session] = /\) \S \d+ \d+ (\d+)/.exec(readFileSync(`/proc/${processId}/stat`, 'utf8')) ?? [];
    expect(session).toBe(String(processId));
    expect(readFileSync(service.logPath, 'utf8')).toContain('hello');
    expect(await startService.inspect(step, real.system)).toBeUndefined();
    await startService.undo({ service }, real);
    expect(isAlive(processId)).toBe(false);
    expect(existsSync(service.pidPath)).toBe(false);
    expect(existsSync(recordPath(service.pidPath))).toBe(false);
    await startService.undo({ service }, real);
  });

  it('leaves the process id alone in the file that others read', async () => {
    const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
    await startService.run({ kind: 'start-service', service, ready }, real);
    expect(readFileSync(service.pidPath, 'utf8')).toBe(`${pidOf(service)}\n`);
    await startService.undo({ service }, real);
  });

  it('knows a process that an earlier kickstart started, which kept all in that file', async () => {
    const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
    await startService.run({ kind: 'start-service', service, ready }, real);
    const processId = pidOf(service);
    renameSync(recordPath(service.pidPath), service.pidPath);
    expect(await startService.inspect({ kind: 'start-service', service }, real.system)).toBeUndefined();
    await startService.undo({ service }, real);
    expect(isAlive(processId)).toBe(false);
    expect(existsSync(service.pidPath)).toBe(false);
  });

  it('says the last lines of its log when it stops at once, and none of an earlier start', async () => {
    const service = scriptService('echo "port 19999 is taken" >&2; exit 1');
    writeFileSync(service.logPath, 'an old line\n');
    const error = await startService.run({ kind: 'start-service', service }, real).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SERVICE_STOPPED', what: 'agent stopped right after it was started.' });
    expect(error).toMatchObject({ why: expect.stringContaining('port 19999 is taken') });
    expect(error).toMatchObject({ why: expect.not.stringContaining('an old line') });
  });

  it('says nothing of a file that only root reads, to which it has made its log a link', async () => {
    const service = scriptService('echo "of root" > "$0/precious"; ln -sf "$0/precious" "$0/agent.log"; exit 1');
    await expect(startService.run({ kind: 'start-service', service }, real)).rejects.toMatchObject({
      code: 'SERVICE_STOPPED',
      why: 'It said nothing.',
    });
  });

  it('waits until the file is there that says it is ready', async () => {
    const service = scriptService('sleep 0.3; : > "$0/ready"; for turn in $(seq 1200); do sleep 0.05; done');
    const path = `${service.arguments[2]}/ready`;
    await startService.run({ kind: 'start-service', service, ready: { path, seconds: 30 } }, real);
    expect(existsSync(path)).toBe(true);
  });

  it('says what it waited for when that does not come', async () => {
    const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
    const step = { kind: 'start-service', service, ready: { path: '/nowhere/ready', seconds: 0.2 } } as const;
    await expect(startService.run(step, real)).rejects.toMatchObject({
      code: 'SERVICE_STOPPED',
      what: 'agent runs, and was not ready after 0.2 s: /nowhere/ready is not there.',
    });
  });

  it('leaves another process that has the recorded id now', async () => {
    const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
    await startService.run({ kind: 'start-service', service, ready }, real);
    const [id = '', startTicks, mark] = readFileSync(recordPath(service.pidPath), 'utf8').split('\n');
    await startService.undo({ service }, real);
    const stranger = await startStranger();
    writeFileSync(recordPath(service.pidPath), `${stranger}\n${startTicks}\n${mark}\n`);
    expect(id).not.toBe(String(stranger));
    expect(await startService.inspect({ kind: 'start-service', service }, real.system)).toBeDefined();
    await startService.undo({ service }, real);
    expect(isAlive(stranger)).toBe(true);
  });

  it('leaves a process that the record names with its right start time, and that kickstart did not start', async () => {
    const service = scriptService(':');
    const stranger = await startStranger();
    const startTicks = readFileSync(`/proc/${stranger}/stat`, 'utf8').split(' ')[21];
    writeFileSync(recordPath(service.pidPath), `${stranger}\n${startTicks}\nany-mark\n`);
    await startService.undo({ service }, real);
    expect(isAlive(stranger)).toBe(true);
  });

  it('stops what a run started that was cut off before it wrote down the process id', async () => {
    const service = scriptService('for turn in $(seq 1200); do sleep 0.05; done');
    await startService.run({ kind: 'start-service', service, ready }, real);
    const processId = pidOf(service);
    const mark = readFileSync(recordPath(service.pidPath), 'utf8').split('\n')[2];
    writeFileSync(recordPath(service.pidPath), `\n\n${mark}\n`);
    await startService.undo({ service }, real);
    expect(isAlive(processId)).toBe(false);
  });
});

describe('a service without a service manager, on a machine in memory', () => {
  const service: ServiceDescription = {
    manager: 'none',
    name: 'agent',
    description: 'An agent',
    program: '/opt/agent',
    arguments: ['-D'],
    environment: {},
    pidPath: '/run/agent.pid',
    logPath: '/run/agent.log',
  };

  function machine() {
    return createFakeSystem({
      files: { '/run': { directory: true } },
      commands: [{ program: '/opt/agent' }],
    });
  }

  it('is killed when it does not end within 10 seconds', async () => {
    const system = machine();
    await startService.run({ kind: 'start-service', service }, stepContext(system));
    const started = system.now();
    const [processId = 0] = system.processes.keys();
    const deaf = { ...system, signalProcess: (id: number, signal: 'SIGTERM' | 'SIGKILL') => kill(id, signal) };
    const kill = async (id: number, signal: 'SIGTERM' | 'SIGKILL') => {
      if (signal === 'SIGKILL') await system.signalProcess(id, signal);
    };
    await startService.undo({ service }, stepContext(deaf));
    expect(system.processes.has(processId)).toBe(false);
    expect(system.now() - started).toBeGreaterThanOrEqual(10_000);
    expect(system.calls.filter((call) => call.startsWith('signalProcess'))).toEqual([`signalProcess ${processId} SIGKILL`]);
  });

  it('is known by its command line where its environment cannot be read, so that its user cannot point root at another process', async () => {
    const system = machine();
    await startService.run({ kind: 'start-service', service }, stepContext(system));
    const [processId = 0] = system.processes.keys();
    system.remove(`/proc/${processId}/environ`);
    expect(await startService.inspect({ kind: 'start-service', service }, system)).toBeUndefined();
    system.place(`/proc/${processId}/cmdline`, '/usr/sbin/sshd\0-D\0');
    await startService.undo({ service }, stepContext(system));
    expect(system.processes.has(processId)).toBe(true);
  });

  it('ends the wait when the user stops the run', async () => {
    const system = machine();
    const stop = new AbortController();
    const context = { ...stepContext(system), signal: stop.signal };
    const run = startService.run({ kind: 'start-service', service, ready: { path: '/never', seconds: 3600 } }, context);
    stop.abort(new Error('stopped by the user'));
    await expect(run).rejects.toThrow('stopped by the user');
  });
});

describe('a service of systemd', () => {
  const service: ServiceDescription = {
    manager: 'systemd',
    name: 'agent',
    description: 'An agent',
    program: '/opt/agent',
    arguments: [],
    environment: {},
    pidPath: '/run/agent.pid',
    logPath: '/run/agent.log',
  };

  function machine({ state = 'inactive', after = 'active' } = {}) {
    let now = state;
    const commands: FakeCommand[] = [
      {
        program: 'systemctl',
        arguments: ['is-active', 'agent.service'],
        result: () => ({ stdout: `${now}\n`, exitCode: now === 'active' ? 0 : 3 }),
      },
      { program: 'systemctl', arguments: ['start', 'agent.service'], effect: async () => (now = after) },
      { program: 'systemctl', arguments: ['stop', 'agent.service'], effect: async () => (now = 'inactive') },
      { program: 'journalctl', result: { stdout: 'port 19999 is taken\n' } },
    ];
    return createFakeSystem({ commands });
  }

  const changes = ({ calls }: ReturnType<typeof machine>) => calls.filter((call) => call.startsWith('run '));

  it('is started once, and stopped by the undo', async () => {
    const system = machine();
    const step = { kind: 'start-service', service } as const;
    expect(await startService.inspect(step, system)).toEqual({ service });
    await startService.run(step, stepContext(system));
    expect(await startService.inspect(step, system)).toBeUndefined();
    for (const _ of [1, 2]) await startService.undo({ service }, stepContext(system));
    expect(changes(system)).toEqual(['run systemctl start agent.service', 'run systemctl stop agent.service']);
  });

  it('says what the journal has of it when it stops at once', async () => {
    const run = startService.run({ kind: 'start-service', service }, stepContext(machine({ after: 'failed' })));
    await expect(run).rejects.toMatchObject({ code: 'SERVICE_STOPPED', why: 'It said last:\nport 19999 is taken' });
  });

  it('does not count as started while systemd waits to start it again', async () => {
    const system = machine({ after: 'activating' });
    await expect(startService.run({ kind: 'start-service', service }, stepContext(system))).rejects.toMatchObject({
      code: 'SERVICE_STOPPED',
      what: 'agent stopped right after it was started.',
    });
    expect(await startService.inspect({ kind: 'start-service', service }, system)).toEqual({ service });
  });

  it('is stopped too while systemd waits to start it again', async () => {
    const system = machine({ state: 'activating' });
    await startService.undo({ service }, stepContext(system));
    expect(changes(system)).toEqual(['run systemctl stop agent.service']);
  });

  it('counts as stopped where there is no systemd any more', async () => {
    const system = createFakeSystem({ commands: [{ program: 'systemctl', result: { exitCode: 127 } }] });
    await startService.undo({ service }, stepContext(system));
    expect(changes(system)).toEqual([]);
  });
});

/** A process that kickstart knows nothing of. */
async function startStranger(): Promise<number> {
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
  strangers.push(stranger);
  await once(stranger, 'spawn');
  return stranger.pid ?? 0;
}
