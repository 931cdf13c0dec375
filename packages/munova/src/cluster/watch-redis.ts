/**
 * Looks every REDIS_LOOK_MS for what somebody has to mend at Redis. Nothing stops for it: what is wrong may become
 * right again, and a process less helps nobody. Invariants:
 * 1. A trouble is told when it is first seen, then every REDIS_TROUBLE_LOG_MS while it lasts, and its end once.
 * 2. A Redis that does not say how it is changes nothing: its calls tell that it is away.
 */
import { pause, REDIS_LOOK_MS, REDIS_TROUBLE_LOG_MS, type Log, type Runtime } from '@munova/contracts';
import type { RedisBus } from '@munova/bus/ioredis';
import type { ProcessMetrics } from '../metrics.js';

export interface RedisWatch {
  readonly runtime: Pick<Runtime, 'clock' | 'timers' | 'spawn'>;
  readonly log: Log;
  readonly bus: Pick<RedisBus, 'troubles'>;
  readonly metrics: Pick<ProcessMetrics, 'redisTroubles'>;
}

/** @returns ends the watch */
export const watchRedis = ({ runtime, log, bus, metrics }: RedisWatch): (() => void) => {
  /** When each was told last. */
  const told = new Map<string, number>();
  let over = false;
  const look = async (): Promise<void> => {
    const troubles = await bus.troubles().catch(() => null);
    if (over || troubles === null) return;
    metrics.redisTroubles(troubles);
    const words = new Set(troubles.map(({ message }) => message));
    for (const was of told.keys()) {
      if (words.has(was)) continue;
      told.delete(was);
      log.info({ was }, 'a trouble of Redis is over');
    }
    const now = runtime.clock.monotonic();
    for (const message of words) {
      if (now - (told.get(message) ?? -Infinity) < REDIS_TROUBLE_LOG_MS) continue;
      told.set(message, now);
      log.error({ alert: true }, message);
    }
  };
  runtime.spawn.background('watch Redis', async () => {
    while (!over) {
      await look();
      await pause(runtime.timers, REDIS_LOOK_MS);
    }
  });
  return () => void (over = true);
};
