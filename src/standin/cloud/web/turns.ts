import { randomInt } from 'node:crypto';

/** Work that takes its time, a few at once. Each name that waits has its turn, so that one which asks often keeps no other waiting. */
export interface Turns {
  /** `given-up`: more of this name wait than can, and chance has it that this one does not. */
  take<Result>(name: string, work: () => Promise<Result>): Promise<Result | 'given-up'>;
}

interface Waiting {
  start(): Promise<void>;
  giveUp(): void;
}

export function createTurns(atOnce: number, waitingPerName: number, choose: (count: number) => number = randomInt): Turns {
  // The name whose last turn was longest ago comes first.
  const names = new Map<string, Waiting[]>();
  let running = 0;

  function startNext(): void {
    const [first] = names;
    if (running >= atOnce || first === undefined) return;
    const [name, waiting] = first;
    // Not the one that has waited longest: whoever fills the queue of a name again and again would be all of it.
    const [chosen] = waiting.splice(choose(waiting.length), 1);
    names.delete(name);
    if (waiting.length > 0) names.set(name, waiting);
    running += 1;
    void chosen?.start().finally(() => {
      running -= 1;
      startNext();
    });
    startNext();
  }

  return {
    take<Result>(name: string, work: () => Promise<Result>) {
      const { promise, resolve, reject } = Promise.withResolvers<Result | 'given-up'>();
      const waiting = names.get(name) ?? [];
      if (waiting.length >= waitingPerName) waiting.splice(choose(waiting.length), 1)[0]?.giveUp();
      waiting.push({ start: () => work().then(resolve, reject), giveUp: () => resolve('given-up') });
      names.set(name, waiting);
      startNext();
      return promise;
    },
  };
}
