import {
  ACTOR_RETRY_MAX_MS,
  ACTOR_RETRY_MS,
  backoffMs,
  pause,
  type Random,
  type Runtime,
  type Timers,
} from '@munova/contracts';

/** Milliseconds before the next try, after so many failures in a row. */
export const retryMs = (failures: number, random: Random): number =>
  backoffMs(random, ACTOR_RETRY_MS, ACTOR_RETRY_MAX_MS, failures - 1);

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
      await pause(runtime.timers, retryMs(failures, runtime.random));
    }
  }
  return undefined;
};

/** Runs `task` every `ms` until the function it returns is called. */
export const every = (timers: Timers, ms: number, task: () => void): (() => void) => {
  let timer = timers.after(ms, tick);
  function tick(): void {
    timer = timers.after(ms, tick);
    task();
  }
  return () => timer.cancel();
};
