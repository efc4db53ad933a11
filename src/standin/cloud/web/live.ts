import type { ServerResponse } from 'node:http';
import { printableJson } from '../../../system/printable.ts';
import type { CloudEvent } from '../cloud-event.ts';
import { securityHeaders } from './security-headers.ts';

/** Everybody who watches the Cloud, with server-sent events. */
export interface Live {
  tell(event: CloudEvent): void;
  /** Keeps the response, and writes every event to it, while `isAllowed`. False when too many watch. */
  open(response: ServerResponse, isAllowed: () => boolean): boolean;
  /** Ends what is no longer allowed. */
  check(): void;
  close(): void;
}

export function createLive(): Live {
  const watchers = new Map<ServerResponse, () => boolean>();
  let lastId = 0;
  const timer = setInterval(() => {
    check();
    for (const response of watchers.keys()) write(response, ': still here\n\n');
  }, QUIET_SECONDS * 1000);
  timer.unref();

  function check(): void {
    for (const [response, isAllowed] of watchers) if (!isAllowed()) response.end();
  }

  return {
    tell(event) {
      if (watchers.size === 0 || isOfThePage(event)) return;
      lastId += 1;
      const text = `id: ${lastId}\ndata: ${printableJson(told(event))}\n\n`;
      for (const response of watchers.keys()) write(response, text);
    },
    open(response, isAllowed) {
      if (watchers.size >= WATCHERS) return false;
      watchers.set(response, isAllowed);
      response.on('close', () => watchers.delete(response));
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        Connection: 'close',
        ...securityHeaders,
      });
      response.write(`retry: 2000\nid: ${lastId}\ndata: {"kind":"hello"}\n\n`);
      return true;
    },
    check,
    close() {
      clearInterval(timer);
      for (const response of watchers.keys()) response.destroy();
    },
  };
}

// Who does not read is left behind: it comes back, and asks for the state as it is then.
function write(response: ServerResponse, text: string): void {
  if (response.writableEnded) return;
  if (response.writableLength > UNREAD_BYTES) response.destroy();
  else response.write(text);
}

// A page that looks at nodes because of an event would otherwise be told that it looked.
function isOfThePage(event: CloudEvent): boolean {
  return event.kind === 'request' && /^\/($|page\/|standin\/)/.test(event.path);
}

// An Error has nothing that JSON shows.
function told(event: CloudEvent): object {
  const at = new Date().toISOString();
  if (event.kind !== 'fault') return { at, ...event };
  return { at, kind: 'fault', message: event.error instanceof Error ? event.error.message : 'a fault in the stand-in' };
}

const QUIET_SECONDS = 20;
const UNREAD_BYTES = 256 * 1024;
const WATCHERS = 64;
