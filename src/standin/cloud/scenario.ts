import { setTimeout as delay } from 'node:timers/promises';
import { isObject } from './answer.ts';
import type { Endpoint, Misbehaviour } from './misbehaviour.ts';
import { parseMisbehaviour } from './parse-misbehaviour.ts';
import { steadyNow } from './steady-now.ts';

/** The misbehaviours that are in force. The first in the list that applies to a request is the one it meets. */
export interface Scenario {
  /** Puts it before all others, in the place of the one with its endpoint and node. */
  set(misbehaviour: Misbehaviour): void;
  /** In the place of all there is. */
  play(steps: readonly Misbehaviour[]): void;
  clear(): void;
  /** `seen` are the requests since it was set that it was there for. */
  steps(): readonly (Misbehaviour & { seen: number })[];
  /** What this request meets, and counts it. The node is undefined where the request does not say. */
  choose(endpoint: Endpoint, node?: string): Misbehaviour | undefined;
}

interface Step {
  misbehaviour: Misbehaviour;
  seen: number;
  until: number;
}

export function createScenario(now: () => number = steadyNow): Scenario {
  let steps: readonly Step[] = [];
  const start = (misbehaviour: Misbehaviour): Step => ({
    misbehaviour,
    seen: 0,
    until: now() + (misbehaviour.forSeconds ?? Number.POSITIVE_INFINITY) * 1000,
  });
  return {
    set(misbehaviour) {
      const others = steps.filter(({ misbehaviour: { endpoint, node } }) => {
        return endpoint !== misbehaviour.endpoint || node !== misbehaviour.node;
      });
      steps = [start(misbehaviour), ...others].slice(0, MAXIMUM_STEPS);
    },
    play(played) {
      steps = played.map(start);
    },
    clear() {
      steps = [];
    },
    steps: () => steps.map(({ misbehaviour, seen }) => ({ ...misbehaviour, seen })),
    choose(endpoint, node) {
      if (steps.length === 0) return undefined;
      let chosen: Misbehaviour | undefined;
      for (const step of steps) {
        const { misbehaviour } = step;
        if (misbehaviour.endpoint !== endpoint || (misbehaviour.node !== undefined && misbehaviour.node !== node)) continue;
        step.seen += 1;
        if (chosen === undefined && applies(step, now())) chosen = misbehaviour;
      }
      return chosen;
    },
  };
}

/** Resolves when the delay of what was chosen is over. Throws when the signal aborts during it. */
export async function waitAsChosen(chosen: Misbehaviour | undefined, signal: AbortSignal): Promise<void> {
  if (chosen?.delaySeconds !== undefined) await delay(chosen.delaySeconds * 1000, undefined, { signal, ref: false });
}

/** The text of a scenario file, a JSON list of misbehaviours → its steps, or what is wrong with it. */
export function parseScenario(text: string): readonly Misbehaviour[] | string {
  const value = parseJson(text);
  if (value === undefined) return 'It is not JSON.';
  return parseSteps(value);
}

export function parseSteps(value: unknown): readonly Misbehaviour[] | string {
  if (!Array.isArray(value)) return 'It must be a list of steps.';
  if (value.length > MAXIMUM_STEPS) return `It has more than ${MAXIMUM_STEPS} steps.`;
  const steps: Misbehaviour[] = [];
  for (const [index, step] of value.entries()) {
    const parsed = isObject(step) ? parseMisbehaviour(step) : 'it is not an object';
    if (typeof parsed === 'string') return `Step ${index + 1}: ${parsed}.`;
    steps.push(parsed);
  }
  return steps;
}

function applies({ misbehaviour: { request = 1, times = Number.POSITIVE_INFINITY }, seen, until }: Step, now: number): boolean {
  return seen >= request && seen < request + times && now < until;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MAXIMUM_STEPS = 1000;
