import { ACTOR_RETRY_MAX_MS, ACTOR_RETRY_MS, type Random, type Runtime, type Timers } from '@munova/contracts';

/** Milliseconds before attempt `failures + 1`: doubled each time up to the cap, the upper half of it jitter. */
export const backoffMs = (failures: number, random: Random): number => {
  const full = Math.min(ACTOR_RETRY_MS * 2 ** Math.min(failures - 1, 16), ACTOR_RETRY_MAX_MS);
  return full * (0.5 + random.next() / 2);
};

export const pause = (timers: Timers, ms: number): Promise<void> =>
  new Promise((resolve) => {
    timers.after(ms, resolve);
  });

/**
 * Tries until it succeeds, backing off in between; undefined once it is no longer `wanted`.
 * `onError` reports each failure.
 */
export const persistently = async <T>(
  runtime: Runtime,
  wanted: () => boolean,
  task: () => Promise<T>,
  onError: (error: unknown) => void,
): Promise<T | undefined> => {
  for (let failures = 1; wanted(); failures += 1) {
    try {
      return await task();
    } catch (error) {
      onError(error);
      await pause(runtime.timers, backoffMs(failures, runtime.random));
    }
  }
  return undefined;
};

/** Lets at most `limit` tasks run at a time; the others wait in the order they came. */
export class Turnstile {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async through<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await task();
    } finally {
      // A waiting task takes over this one's place, so the number that run stays.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** Runs `task` every `ms` until the function it returns is called. */
export const every = (timers: Timers, ms: number, task: () => void): (() => void) => {
  let timer = timers.after(ms, tick);
  function tick(): void {
    timer = timers.after(ms, tick);
    task();
  }
  return () => timer.cancel();
};
