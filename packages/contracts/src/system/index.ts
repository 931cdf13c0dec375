/** The runtime ports on this process's own clock, timers, randomness and event loop. */
import { randomFillSync } from 'node:crypto';
import type { Clock, Random, Runtime, Spawn, Timer, Timers } from '../ports/runtime.js';

/** Takes what background work threw; `name` says whose it was. */
export type FaultHandler = (name: string, error: unknown) => void;

/** A longer delay fires at once in Node, so it is waited for in parts. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const ID_BYTES = 16;
/** A call for random bytes costs the same for one id and for hundreds. */
const ID_POOL_BYTES = 256 * ID_BYTES;

const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

const systemRandom = (): Random => {
  const pool = Buffer.alloc(ID_POOL_BYTES);
  let used = ID_POOL_BYTES;
  return {
    next: () => Math.random(),
    id: () => {
      if (used === ID_POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      used += ID_BYTES;
      return pool.toString('base64url', used - ID_BYTES, used);
    },
  };
};

const guarded = (name: string, task: () => void, onFault: FaultHandler) => (): void => {
  try {
    task();
  } catch (error) {
    onFault(name, error);
  }
};

const systemTimers = (onFault: FaultHandler): Timers => ({
  after: (delayMs, task) => {
    let handle: NodeJS.Timeout;
    const arm = (restMs: number): void => {
      const partMs = Math.min(restMs, LONGEST_TIMEOUT_MS);
      const next = restMs > partMs ? () => arm(restMs - partMs) : guarded('timer', task, onFault);
      handle = setTimeout(next, partMs).unref();
    };
    arm(Math.max(delayMs, 0));
    const timer: Timer = { cancel: () => clearTimeout(handle) };
    return timer;
  },
});

const systemSpawn = (onFault: FaultHandler): Spawn => ({
  background: (name, task) => {
    void (async () => {
      try {
        await task();
      } catch (error) {
        onFault(name, error);
      }
    })();
  },
  defer: (task) => {
    setImmediate(guarded('deferred task', task, onFault));
  },
});

/** Nothing thrown by a task escapes: it reaches `onFault`. */
export const systemRuntime = (onFault: FaultHandler): Runtime => ({
  clock: systemClock,
  timers: systemTimers(onFault),
  random: systemRandom(),
  spawn: systemSpawn(onFault),
});
