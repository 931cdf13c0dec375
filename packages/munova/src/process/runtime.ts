import type { Log, Runtime } from '@munova/contracts';
import { systemRuntime } from '@munova/contracts/memory';
import { describe } from './describe.js';

/** The runtime of this process; background work that fails is logged. */
export const processRuntime = (log: Log): Runtime =>
  systemRuntime((name, error) => {
    log.error({ task: name, error: describe(error) }, 'background work failed');
  });
