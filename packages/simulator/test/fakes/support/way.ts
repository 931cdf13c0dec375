import { pause, type Timers } from '@munova/contracts';
import type { FakeTrip } from '../../../src/fakes/mongo/index.js';

/** A way to a fake replica set that takes no time but what a trip itself asks for. */
export const promptWay =
  (timers: Timers) =>
  async <T>({ slowMs }: FakeTrip, act: () => Promise<T>): Promise<T> => {
    if (slowMs > 0) await pause(timers, slowMs);
    return act();
  };
