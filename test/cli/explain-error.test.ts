import { expect, test } from 'vitest';
import { explainError } from '../../src/cli/explain-error.ts';
import { KickstartError } from '../../src/errors.ts';

const report = { version: '0.1.0', receiptPath: '/var/lib/kickstart/netdata/receipt.jsonl' };
const stopped = new KickstartError('SERVICE_STOPPED', {
  what: 'Could not start netdata: the service stopped 2 s after starting (exit 1).',
  why: 'Port 19999 is in use by prometheus (pid 812).',
  next: 'Stop it, then run kickstart again.',
});
const checksum = new KickstartError('VERIFY_CHECKSUM', {
  what: 'It is another file.',
  why: 'The sums differ.',
  next: 'Do not use it.',
});

test('says what, why, what next, and the code', () => {
  expect(explainError(stopped, report)).toEqual([
    'Could not start netdata: the service stopped 2 s after starting (exit 1).',
    'Port 19999 is in use by prometheus (pid 812).',
    'Stop it, then run kickstart again.',
    'SERVICE_STOPPED.',
  ]);
});

test('adds the code that people search for, where there is one', () => {
  expect(explainError(checksum, report).at(-1)).toBe("VERIFY_CHECKSUM. Netdata's own scripts call it F0005.");
});

test('lists every refusal, with an empty line between them', () => {
  const lines = explainError(new AggregateError([stopped, checksum]), report);
  expect(lines).toHaveLength(9);
  expect(lines[4]).toBe('');
  expect(lines[5]).toBe('It is another file.');
});

test('keeps the lines of an explanation, and escapes what would steer the terminal', () => {
  const error = new KickstartError('BUILD_AGENT_FAILED', {
    what: 'make stopped.',
    why: 'It said:\nerror: \u001b[31mno\u0007',
    next: 'Mend it.',
  });
  expect(explainError(error, report).slice(0, 3)).toEqual(['make stopped.', 'It said:', 'error: \\x1b[31mno\\x07']);
});

test('makes a report of a fault of ours: stack, cause, version, receipt', () => {
  const error = new TypeError('x is not a function', { cause: new RangeError('deep down') });
  const lines = explainError(error, report);
  expect(lines[0]).toBe('kickstart met a fault of its own, and stopped.');
  expect(lines[1]).toBe('TypeError: x is not a function');
  expect(lines[2]).toMatch(/^ {4}at .*explain-error\.test\.ts:\d+:\d+/);
  expect(lines).toContain('Caused by RangeError: deep down');
  expect(lines).toContain(`This is kickstart 0.1.0 on Node ${process.version}, ${process.platform} ${process.arch}.`);
  expect(lines).toContain('What was changed is in the receipt: /var/lib/kickstart/netdata/receipt.jsonl');
  expect(lines.at(-1)).toBe('FAULT.');
});

test('says that nothing was changed when there is no receipt', () => {
  expect(explainError('thrown by mistake', { version: '0.1.0' })).toContain('Nothing was changed.');
});
