import { posix } from 'node:path';
import type { ReadableSystem, System } from '../../src/system/system.ts';
import { partPath } from '../../src/system/whole-file.ts';
import type { FakeSystem } from './fake-system.ts';

/**
 * Where the power goes: before or after write number `write` (1 is the first), or in the middle of it. Most writes happen or do not
 * happen, and their middle is the same as before them; a line, a stream of bytes and the removal of a tree can be half done.
 */
export interface CrashPoint {
  write: number;
  when: 'before' | 'during' | 'after';
}

/** The power is gone. Nothing may handle this: every later call throws it again. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

export interface CrashHost {
  system: System;
  /** Where the power could have gone so far; writes that programs made on the machine are among them. */
  points(): readonly CrashPoint[];
}

/** The machine with a crash at one point; without a point it only counts. What programs do to the machine goes through it too. */
export function crashHost(machine: FakeSystem, point?: CrashPoint): CrashHost {
  const writes: Write[] = [];
  let isDown = false;

  machine.effectsGoThrough(systemWith(halvesOfPrograms));
  return { system: systemWith(halves), points: () => writes.flatMap((write, index) => pointsAt(index + 1, write)) };

  // The cast: every method is there under its name, with the parameters it had.
  function systemWith(table: Halves): System {
    const methods = Object.entries(machine).filter(([, value]) => typeof value === 'function');
    return Object.fromEntries(
      methods.map(([name, method]) => [
        name,
        Object.hasOwn(table, name) ? writing({ name, half: table[name as WriteName] }, method) : reading(method),
      ]),
    ) as unknown as System;
  }

  function reading(method: (...given: unknown[]) => unknown) {
    return (...given: unknown[]) => {
      stayDown();
      return method(...given);
    };
  }

  function writing(write: Write, method: (...given: unknown[]) => Promise<unknown>) {
    return async (...given: unknown[]) => {
      stayDown();
      const number = writes.push(write);
      if (point?.write !== number) {
        const result = await method(...given);
        stayDown();
        return result;
      }
      if (point.when === 'during') await write.half?.(machine, given);
      if (point.when === 'after') await method(...given);
      isDown = true;
      throw new Crash(`The power is gone ${point.when} write ${number}: ${write.name} ${String(given[0])}`);
    };
  }

  function stayDown(): void {
    if (isDown) throw new Crash('The power is gone.');
  }
}

interface Write {
  name: string;
  half: Half | undefined;
}

function pointsAt(write: number, { half }: Write): readonly CrashPoint[] {
  const whens = half === undefined ? (['before', 'after'] as const) : (['before', 'during', 'after'] as const);
  return whens.map((when) => ({ write, when }));
}

type WriteName = Exclude<keyof System, keyof ReadableSystem>;

type Half = (machine: FakeSystem, given: readonly unknown[]) => Promise<void>;
type Halves = Record<WriteName, Half | undefined>;

/** Every method that writes, with what it leaves when it ends in the middle. */
const halves: Halves = {
  appendLine: async (machine, [path, line]) => {
    const half = String(line).slice(0, String(line).length / 2);
    const whole = (machine.readText(String(path)) ?? '').replace(/[^\n]*$/, '');
    machine.place(String(path), { content: `${whole}${half}`, mode: 0o600 });
  },
  createFile: async (machine, [path]) => {
    machine.place(String(path), { content: 'the first bytes', mode: 0o600 });
  },
  removeTree: async (machine, [path]) => {
    const below = Object.keys(machine.tree()).filter((name) => name.startsWith(`${path}/`));
    for (const name of below.toReversed().slice(0, Math.ceil(below.length / 2))) machine.remove(name);
  },
  rewriteFile: async (machine, [path]) => {
    const facts = await machine.stat(String(path));
    if (facts?.kind === 'file')
      machine.place(String(path), { content: 'the first bytes', mode: facts.mode & 0o600, owner: facts });
  },
  writeFile: leavePart(([path]) => path),
  copyFile: leavePart(([, to]) => to),
  createDirectory: undefined,
  createLink: undefined,
  rename: undefined,
  removeFile: undefined,
  removeEmptyDirectory: undefined,
  setMode: undefined,
  setOwner: undefined,
  // What a program leaves in the middle is what its own writes left: they count.
  run: undefined,
  startProcess: undefined,
  signalProcess: undefined,
  send: undefined,
};

// Programs have their own way to replace a file, and clean up after themselves.
const halvesOfPrograms: Halves = { ...halves, writeFile: undefined, copyFile: undefined };

/** A file that takes its place by a rename leaves the part beside it; nothing when not even that could be created. */
function leavePart(target: (given: readonly unknown[]) => unknown) {
  return async (machine: FakeSystem, given: readonly unknown[]) => {
    const part = partPath(String(target(given)));
    if ((await machine.stat(posix.dirname(part)))?.kind === 'directory')
      machine.place(part, { content: 'the first bytes', mode: 0o600 });
  };
}
