/**
 * A runtime whose time stands still until a test moves it. Invariants:
 * 1. Timers fire in the order of their due times, and of equals in the order they were set; the
 *    clock shows a timer's due time while it runs.
 * 2. The same seed gives the same numbers and ids.
 * 3. What background work threw is in `faults`, never lost.
 */
import type { Clock, Random, Runtime, Spawn, Timer, Timers } from '../ports/runtime.js';

export interface Fault {
  readonly name: string;
  readonly error: unknown;
}

interface PendingTimer {
  readonly due: number;
  readonly task: () => void;
}

const DEFAULT_START = Date.UTC(2026, 0, 5, 9);
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ID_LENGTH = 22;

export class ManualRuntime implements Runtime {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly spawn: Spawn;
  readonly faults: Fault[] = [];
  readonly #start: number;
  #elapsed = 0;
  #skew = 0;
  readonly #timers: PendingTimer[] = [];
  #deferred: (() => void)[] = [];

  constructor(seed = 1, start = DEFAULT_START) {
    this.#start = start;
    this.clock = { now: () => this.#start + this.#elapsed + this.#skew, monotonic: () => this.#elapsed };
    this.random = seededRandom(seed);
    this.timers = { after: (delayMs, task) => this.#after(delayMs, task) };
    this.spawn = {
      background: (name, task) => void this.#background(name, task),
      defer: (task) => void this.#deferred.push(task),
    };
  }

  /** Moves the wall clock alone, as an administrator or a leap would. */
  jumpWallClock(ms: number): void {
    this.#skew += ms;
  }

  /** Lets `ms` pass as for a process that stood still: what became due meanwhile fires with the next `advance`. */
  standStill(ms: number): void {
    this.#elapsed += ms;
  }

  /** Lets `ms` pass: fires what becomes due, each followed by all that it set off. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await this.settle();
    for (let next = this.#nextDue(until); next !== undefined; next = this.#nextDue(until)) {
      this.#elapsed = Math.max(this.#elapsed, next.due);
      this.#timers.splice(this.#timers.indexOf(next), 1);
      next.task();
      await this.settle();
    }
    this.#elapsed = until;
  }

  /** Runs deferred tasks and promise reactions until there is neither. Waits for no timer and no I/O. */
  async settle(): Promise<void> {
    await everyReaction();
    while (this.#deferred.length > 0) {
      const tasks = this.#deferred;
      this.#deferred = [];
      for (const task of tasks) task();
      await everyReaction();
    }
  }

  /** Timers that were set and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  #after(delayMs: number, task: () => void): Timer {
    const timer: PendingTimer = { due: this.#elapsed + Math.max(delayMs, 0), task };
    this.#timers.push(timer);
    return {
      cancel: () => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
      },
    };
  }

  #nextDue(until: number): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }

  async #background(name: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.faults.push({ name, error });
    }
  }
}

/** A turn of the real event loop: by its end every promise reaction that could run has run. */
const everyReaction = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Mulberry32: 32 bits of state, evenly spread, and enough for tests. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const letter = (): string => ID_ALPHABET.charAt(Math.floor(next() * ID_ALPHABET.length));
  return { next, id: () => Array.from({ length: ID_LENGTH }, letter).join('') };
};
