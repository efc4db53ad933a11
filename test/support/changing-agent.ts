import { HttpFailure } from '../../src/system/system.ts';
import { createFakeSystem, type FakeAnswer, type FakeSystem } from './fake-system.ts';

/** What /api/v1/info gives: an object with its fields (and its HTTP status, when that is not 200), a text as it is, or no answer at all. */
export type SaidInfo = 'nothing' | string | ({ status?: unknown } & Record<string, unknown>);

/**
 * A machine with an agent at /x, port 20000, that says something else as the clock goes on: rows of seconds from now, and what it says from then on.
 * It tells nothing more of its link than old agents do, and no Cloud answers.
 */
export function agentThatSays(...rows: readonly (readonly [seconds: number, says: SaidInfo])[]): FakeSystem {
  const system: FakeSystem = createFakeSystem({
    files: { '/x/etc/netdata/netdata.conf': '[web]\n    default port = 20000\n' },
    processes: { 40: { program: '/x/usr/sbin/netdata', arguments: ['-D'] } },
    commands: [{ program: '/x/usr/sbin/netdatacli', result: { exitCode: 255 } }],
    http: [
      { url, answer: () => answerOf(rows.findLast(([seconds]) => startedAt + seconds * 1000 <= system.now())?.[1]) },
      { url: /^http:\/\/127\.0\.0\.1:20000\//, answer: { status: 404 } },
      { url: /^https:/, failure: 'refused' },
    ],
  });
  const startedAt = system.now();
  return system;
}

function answerOf(says: SaidInfo = 'nothing'): FakeAnswer {
  if (says === 'nothing') throw new HttpFailure('refused', url, 'The test says that nobody is there');
  if (typeof says === 'string') return { body: says };
  return { status: typeof says.status === 'number' ? says.status : 200, body: JSON.stringify(says) };
}

const url = 'http://127.0.0.1:20000/api/v1/info';
