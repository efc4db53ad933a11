import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../../src/standin/cloud/web/turns.ts';

/** Work that ends when it is told to, and says when it began. */
function newWork() {
  const begun: string[] = [];
  const ends = new Map<string, (value: string) => void>();
  return {
    begun,
    of: (label: string) => () => {
      begun.push(label);
      return new Promise<string>((resolve) => ends.set(label, resolve));
    },
    async end(label: string): Promise<void> {
      ends.get(label)?.(label);
      await new Promise(setImmediate);
    },
  };
}

const first = () => 0;

describe('turns', () => {
  it('are few at once, and each name that waits has the next', async () => {
    const [turns, work] = [createTurns(2, 10, first), newWork()];
    for (const label of ['a1', 'a2', 'a3', 'a4']) void turns.take('a', work.of(label));
    void turns.take('b', work.of('b1'));
    expect(work.begun).toEqual(['a1', 'a2']);
    await work.end('a1');
    expect(work.begun).toEqual(['a1', 'a2', 'a3']);
    await work.end('a2');
    expect(work.begun).toEqual(['a1', 'a2', 'a3', 'b1']);
    await work.end('b1');
    expect(work.begun).toEqual(['a1', 'a2', 'a3', 'b1', 'a4']);
  });

  it('have what the work has given, or thrown', async () => {
    const turns = createTurns(1, 10);
    expect(await turns.take('a', async () => 7)).toBe(7);
    await expect(turns.take('a', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take('a', async () => 8)).toBe(8);
  });

  it('of a name with too many are left to chance, and those of another name are not', async () => {
    const [turns, work] = [createTurns(1, 2, first), newWork()];
    void turns.take('a', work.of('a1'));
    const taken = ['a2', 'a3', 'a4'].map((label) => turns.take('a', work.of(label)));
    const other = turns.take('b', work.of('b1'));
    expect(await taken[0]).toBe('given-up');
    for (const label of ['a1', 'a3', 'b1', 'a4']) await work.end(label);
    expect([await other, await taken[1], await taken[2]]).toEqual(['b1', 'a3', 'a4']);
  });
});
