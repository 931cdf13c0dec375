import { describe, expect, it } from 'vitest';
import type { RedisTrouble } from '@munova/bus/ioredis';
import { REDIS_LOOK_MS, REDIS_TROUBLE_LOG_MS } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { watchRedis } from '../../src/cluster/watch-redis.js';
import { createMetrics } from '../../src/metrics.js';

const EVICTS: RedisTrouble = { kind: 'evicts', message: 'it evicts' };

/** `found` is what a look finds; null where Redis does not answer. */
const watching = async () => {
  const runtime = new ManualRuntime();
  const metrics = createMetrics();
  const lines: string[] = [];
  const say = (fields: Record<string, unknown>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const world = { found: [EVICTS] as readonly RedisTrouble[] | null };
  const troubles = async (): Promise<readonly RedisTrouble[]> => world.found ?? Promise.reject(new Error('away'));
  const end = watchRedis({ runtime, log: { info: say, warn: say, error: say }, bus: { troubles }, metrics });
  await runtime.settle();
  return { runtime, metrics, lines, world, end };
};

describe('[P30] the watch over Redis', () => {
  it('[P30] tells a trouble at once, again seldom, and its end once; the metric shows each look', async () => {
    const { runtime, metrics, lines, world, end } = await watching();
    const alert = 'it evicts {"alert":true}';
    expect(lines).toEqual([alert]);
    expect(await metrics.text()).toMatch(/^munova_redis_troubles\{kind="evicts"\} 1$/m);
    await runtime.advance(REDIS_TROUBLE_LOG_MS - REDIS_LOOK_MS);
    expect(lines).toEqual([alert]);
    await runtime.advance(REDIS_LOOK_MS);
    expect(lines).toEqual([alert, alert]);
    world.found = [];
    await runtime.advance(2 * REDIS_LOOK_MS);
    expect(lines).toEqual([alert, alert, 'a trouble of Redis is over {"was":"it evicts"}']);
    expect(await metrics.text()).toMatch(/^munova_redis_troubles\{kind="evicts"\} 0$/m);
    world.found = [EVICTS];
    end();
    await runtime.advance(2 * REDIS_LOOK_MS);
    expect(lines).toHaveLength(3);
  });

  it('[P30] takes the silence of Redis for nothing', async () => {
    const { runtime, metrics, lines, world } = await watching();
    world.found = null;
    await runtime.advance(3 * REDIS_LOOK_MS);
    expect(lines).toHaveLength(1);
    expect(await metrics.text()).toMatch(/^munova_redis_troubles\{kind="evicts"\} 1$/m);
  });
});
