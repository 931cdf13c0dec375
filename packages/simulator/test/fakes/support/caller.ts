import type { Runtime, Timers } from '@munova/contracts';
import { systemRuntime } from '@munova/contracts/memory';
import type { FakeCaller } from '../../../src/fakes/redis/index.js';

/** A process of the fake's world that runs on the given timers. */
export const callerOn = ({ timers }: { readonly timers: Timers }, name = 'process'): FakeCaller => {
  const wait = (ms: number): Promise<void> => new Promise((resolve) => timers.after(ms, resolve));
  return {
    name,
    timers,
    travel: async ({ there, back, act }) => {
      await wait(there);
      try {
        return await act();
      } finally {
        await wait(back);
      }
    },
  };
};

/** This process's own, but that no time at all is a turn of the event loop, not a millisecond. */
export const promptRuntime = (): Runtime => {
  const system = systemRuntime((name, error) => {
    throw new Error(`fault in ${name}`, { cause: error });
  });
  const soon = (task: () => void) => {
    const immediate = setImmediate(task);
    return { cancel: () => clearImmediate(immediate) };
  };
  return { ...system, timers: { after: (ms, task) => (ms > 0 ? system.timers.after(ms, task) : soon(task)) } };
};
