import { resolve } from 'node:path';
import { KickstartError } from '../../errors.ts';
import type { Cloud } from '../../standin/cloud/server.ts';
import type { CommandLine } from '../options.ts';
import type { World } from '../world.ts';

/** Runs the stand-in Cloud until kickstart is stopped. Returns 0: being stopped is how it ends. */
export async function cloud(line: CommandLine, world: World): Promise<number> {
  const { output, signal, system } = world;
  const { startCloud } = await import('../../standin/cloud/server.ts');
  const json = line.given.has('json');
  const dataDirectory = resolve(world.workingDirectory, line.values.data ?? '');
  const running = await startCloud({
    ...listenAddress(line.values.listen ?? ''),
    dataDirectory,
    ...(json && { onEvent: (event: object) => output.write(`${JSON.stringify(event)}\n`) }),
  });
  if (!json) output.write(`${greeting(running)}\n`);
  const readyFile = line.values['ready-file'];
  if (readyFile !== undefined)
    await system.writeFile(resolve(world.workingDirectory, readyFile), `${running.url}\n`, { mode: 0o644 });
  await aborted(signal);
  await running.close();
  return 0;
}

function greeting({ url, caFile, first }: Cloud): string {
  return [
    'This is a stand-in for Netdata Cloud, for rehearsals and tests. It shows no metrics.',
    `It listens at ${url}, and trusts nobody but the CA that it made: ${caFile}`,
    ...(first === undefined
      ? []
      : [
          'These are shown this once, and kept readable nowhere:',
          `  administrator ${first.administrator}, password ${first.password}`,
          `  claim token ${first.token}`,
          `  rooms ${first.rooms.map(({ id, name }) => `${id} (${name})`).join(', ')}`,
        ]),
    `Claim an agent to it: kickstart --install PREFIX --claim-token TOKEN --claim-rooms ROOM --claim-url ${url} --ca-file ${caFile}`,
    'Stop it with Ctrl-C.',
  ].join('\n');
}

function listenAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (host !== undefined && Number(port) < 65536) return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
  throw new KickstartError('USAGE_INVALID_VALUE', {
    what: `--listen ${text} is no address with a port.`,
    why: 'It must look like 127.0.0.1:8443 or [::1]:8443.',
    next: 'Leave it out to listen on 127.0.0.1:8443.',
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    signal.addEventListener('abort', () => done(), { once: true });
  });
}
