import { STORE_SWEEP_MS, STORE_SWEEP_STEP } from '@munova/contracts';
import type { Log } from '@munova/contracts';
import { detailOf } from './failures.js';
import type { ThreadLink } from './thread-link.js';

/**
 * Forgets expired outcomes in steps small enough that no commit waits noticeably for one.
 * @returns a function that ends it.
 */
export const startSweeper = (
  link: ThreadLink,
  now: () => number,
  log: Log,
  everyMs: number = STORE_SWEEP_MS,
): (() => void) => {
  let sweeping = false;
  const sweep = async (): Promise<void> => {
    if (sweeping) return;
    sweeping = true;
    try {
      while ((await link.call('sweep', now(), STORE_SWEEP_STEP)) === STORE_SWEEP_STEP);
    } catch (error) {
      // The next round tries again; what has expired is not answered any more in the meantime.
      if (link.alive) log.warn({ detail: detailOf(error) }, 'store: sweep of expired outcomes failed');
    } finally {
      sweeping = false;
    }
  };
  const timer = setInterval(() => void sweep(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
};
