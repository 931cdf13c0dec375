import { setTimeout as sleep } from 'node:timers/promises';
import { ServerStartError } from './errors.js';
import { POLL_MS } from './limits.js';

/**
 * Waits for a condition. A look that fails counts as "not yet".
 *
 * @throws {ServerStartError} naming the condition and the last look's failure, when it does not hold within `limitMs`
 */
export const until = async (what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + limitMs;
  for (;;) {
    let reason = '';
    try {
      if (await holds()) return;
    } catch (error) {
      if (error instanceof ServerStartError) throw error;
      reason = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() > deadline) throw new ServerStartError(`${what}: not within ${limitMs} ms${reason}`);
    await sleep(POLL_MS);
  }
};
