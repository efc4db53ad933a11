import { tellsOfLink } from '../cloud/link-words.ts';
import { printable } from '../cloud/shown-text.ts';
import { statIfAllowed } from '../host/allowed-reads.ts';
import type { ReadableSystem } from '../system/system.ts';
import { tailOf } from './tail-of.ts';

interface LoggingAgent {
  logDirectory: string;
  /** Of the running agent. */
  processId?: number;
}

/**
 * The last line of the agent's log that tells of its link, since it was last up; only the end is read. Up to 1.43 agents write error.log; later
 * ones daemon.log, or the journal, which has a namespace for them. Source: netdata docs, Logging; journalctl(1); spec/claiming-and-link.md 7.2.
 */
export async function lastLogLine(agent: LoggingAgent, system: ReadableSystem): Promise<{ logLine?: string }> {
  for await (const text of logs(agent, system)) {
    const lines = text.split('\n');
    const up = lines.findLastIndex((line) => line.includes('ACLK connection successfully established'));
    const line = lines.slice(up + 1).findLast(tellsOfLink);
    if (line !== undefined) return { logLine: printable(withoutLogins(line.trim()), 300) };
    // What an older log says was before.
    if (up >= 0) return {};
  }
  return {};
}

/** The ends of its logs; the one that says most of now comes first. */
async function* logs({ logDirectory, processId }: LoggingAgent, system: ReadableSystem): AsyncGenerator<string> {
  if (processId !== undefined) yield await journalOf(processId, system);
  const paths = ['error.log', 'daemon.log'].map((name) => `${logDirectory}/${name}`);
  const files = (await Promise.all(paths.map((path) => logFile(path, system)))).flatMap((file) => file ?? []);
  const newest = Math.max(...files.map(({ modifiedAt }) => modifiedAt));
  for (const { path, sizeBytes, modifiedAt } of files.toSorted((one, other) => other.modifiedAt - one.modifiedAt)) {
    // Of an agent that was upgraded: its earlier version wrote there.
    if (modifiedAt >= newest - STALE_MILLISECONDS) yield await endOf(path, sizeBytes, system);
  }
}

/** What one process told the journal; empty without systemd, and for who may not read it. */
async function journalOf(processId: number, system: ReadableSystem): Promise<string> {
  if ((await statIfAllowed('/run/systemd/system', system)) === undefined) return '';
  const { stdout } = await system.query({
    program: 'journalctl',
    arguments: [...['--namespace=+netdata', `_PID=${processId}`, '--lines', '200', '--no-pager', '--quiet', '--output', 'cat']],
    timeoutSeconds: 10,
  });
  return stdout;
}

async function logFile(path: string, system: ReadableSystem) {
  const facts = await statIfAllowed(path, system);
  if (facts?.kind !== 'file') return undefined;
  return { path, sizeBytes: facts.sizeBytes, modifiedAt: (await system.modifiedAt(path)) ?? 0 };
}

/** Empty for who may not read it. */
async function endOf(path: string, sizeBytes: number, system: ReadableSystem): Promise<string> {
  try {
    return await tailOf(system.readBytes(path, { links: 'administrators', from: Math.max(0, sizeBytes - LOG_BYTES) }), 0);
  } catch (error) {
    // The cast: errors of files are Node's, and have a code.
    if (['EACCES', 'ENOENT', 'ELOOP', 'EINVAL', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

function withoutLogins(line: string): string {
  return line.replaceAll(/\/\/[^\s/@]*@/g, '//');
}

const LOG_BYTES = 8192;
const STALE_MILLISECONDS = 3_600_000;
