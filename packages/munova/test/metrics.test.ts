import { describe, expect, it } from 'vitest';
import { asEpoch, asShardId } from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import type { RedisCommands } from '@munova/bus';
import { measuredRedis } from '../src/cluster/measured.js';
import { createMetrics } from '../src/metrics.js';

const names = (text: string): string[] => [...text.matchAll(/^# TYPE (munova_\w+)/gm)].map(([, name]) => name ?? '');

describe('[P15] the metrics of a process', () => {
  it('[P15] are those of its role', async () => {
    const edge = createMetrics();
    edge.stomp.repeated();
    edge.showConnections(() => 3);
    expect(names(await edge.text())).not.toContain('munova_shards_owned');
    expect(await edge.text()).toMatch(/^munova_connections 3$/m);
    const actors = createMetrics();
    actors.actors.setAside();
    expect(names(await actors.text())).not.toContain('munova_connections');
  });

  it('[P15] show epoch and lag of the shards owned at that moment, and of no other', async () => {
    const metrics = createMetrics();
    let shard = asShardId(4);
    metrics.showShards(async () => ({
      epochs: new Map([[shard, asEpoch(7)]]),
      lag: new Map([[shard, { entries: 2, bytes: 90 }]]),
      watches: 5,
    }));
    expect(await metrics.text()).toMatch(/^munova_shard_epoch\{shard="4"\} 7$/m);
    expect(await metrics.text()).toMatch(/^munova_shard_lag_batches\{shard="4"\} 2$/m);
    expect(await metrics.text()).toMatch(/^munova_watches 5$/m);
    shard = asShardId(9);
    const later = await metrics.text();
    expect(later).toMatch(/^munova_shard_lag_bytes\{shard="9"\} 90$/m);
    expect(later).not.toContain('shard="4"');
  });

  it('[P15] count the calls to Redis by what they did and how they ended, and leave them as they were', async () => {
    const metrics = createMetrics();
    const redis: Partial<RedisCommands> = {
      crossSlot: false,
      run: () => Promise.reject(new Error('lost')),
      spublish: () => Promise.resolve(),
    };
    const measured = measuredRedis(redis as RedisCommands, new ManualRuntime().clock, metrics.redis);
    await measured.spublish('c', 'm');
    await expect(measured.run('append', [], [])).rejects.toThrow('lost');
    expect(measured.crossSlot).toBe(false);
    const text = await metrics.text();
    expect(text).toMatch(/^munova_redis_seconds_count\{call="spublish",outcome="ok"\} 1$/m);
    expect(text).toMatch(/^munova_redis_seconds_count\{call="append",outcome="failed"\} 1$/m);
  });
});
