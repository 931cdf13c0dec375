/** How long to wait, and how many at a time: pure but for the ports that are given. */
import type { Random, Timers } from './ports/runtime.js';

/**
 * The wait before attempt `n + 1`, doubling from `base` to `cap` (ms) and spread over ±25 %, so that
 * what failed together does not come back together.
 */
export const backoffMs = (random: Random, base: number, cap: number, n: number): number => {
  const nominal = Math.min(cap, base * 2 ** Math.min(n, 30));
  return nominal * (0.75 + random.next() / 2);
};

export const pause = (timers: Timers, ms: number): Promise<void> =>
  new Promise((resolve) => {
    timers.after(ms, resolve);
  });

/** At most so many tasks at a time; the others wait in the order they came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      // A waiting task takes over this one's place, so that nobody who comes just now is before it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
