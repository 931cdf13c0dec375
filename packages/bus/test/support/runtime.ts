import { systemRuntime } from '@munova/contracts/memory';

/** A fault of background work fails the test run. */
export const runtime = systemRuntime((name, error) => {
  throw new Error(`fault in ${name}`, { cause: error });
});
