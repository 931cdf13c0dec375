import {
  asEpoch,
  asRoomId,
  asShardId,
  asSeq,
  ChatError,
  HEARTBEAT_MS,
  HEARTBEATS_MISSED,
  SILENCE_RETRY_MAX_MS,
  type Heartbeat,
  type ShardId,
} from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { ShardWatch } from '../../src/outbound/shard-watch.js';

const [A, B] = [asShardId(1), asShardId(2)];

/** Longest that a silence goes unnoticed. */
const NOTICED_MS = (HEARTBEATS_MISSED + 2) * HEARTBEAT_MS;

describe('what an edge knows of the owners', () => {
  let runtime: ManualRuntime;
  let watch: ShardWatch;
  let watched: ShardId[];
  let takenOver: ShardId[];
  let losses: (readonly ShardId[])[];
  let renewals: number[];
  let faults: number;
  let renew: () => Promise<void>;

  const beat = (shard: ShardId, epoch = 1, more: Partial<Heartbeat> = {}): boolean =>
    watch.onHeartbeat({ v: 1, shard, epoch: asEpoch(epoch), lag: { entries: 0, bytes: 0 }, heads: [], ...more });

  const start = (...shards: ShardId[]): void => {
    watched = shards;
    watch.start();
  };

  /** Time passes in which these shards beat. */
  const pass = async (ms: number, ...beating: ShardId[]): Promise<void> => {
    for (let left = ms; left > 0; left -= HEARTBEAT_MS) {
      for (const shard of beating) beat(shard);
      await runtime.advance(Math.min(left, HEARTBEAT_MS));
    }
  };

  beforeEach(() => {
    runtime = new ManualRuntime();
    [watched, takenOver, losses, renewals, faults] = [[], [], [], [], 0];
    renew = async () => undefined;
    watch = new ShardWatch({
      runtime,
      watched: () => watched,
      renew: () => {
        renewals.push(runtime.clock.monotonic());
        return renew();
      },
      onTakenOver: (shard) => takenOver.push(shard),
      onLoss: (shards) => losses.push(shards),
      onSilence: () => undefined,
      onFault: () => faults++,
    });
  });

  it('[D20] tells a new owner by a greater epoch, once, whatever says it first', () => {
    start(A);
    expect([beat(A, 3), beat(A, 3), takenOver]).toEqual([true, true, []]);
    expect([beat(A, 4), takenOver]).toEqual([true, [A]]);
    watch.onEpoch(A, asEpoch(6));
    watch.onEpoch(A, asEpoch(5));
    expect([beat(A, 6), takenOver]).toEqual([true, [A, A]]);
    watch.onEpoch(B, asEpoch(2));
    expect([beat(B, 2), beat(B, 3), takenOver]).toEqual([true, true, [A, A, B]]);
  });

  it('[D20] does not hear a heartbeat of an owner that is none any more', async () => {
    start(A);
    beat(A, 2, { lag: { entries: 7, bytes: 70 } });
    expect(beat(A, 1, { lag: { entries: 1, bytes: 10 } })).toBe(false);
    expect(watch.lagOf(A)).toEqual({ entries: 7, bytes: 70 });
    for (let i = 0; i < 6; i++) {
      beat(A, 1);
      await runtime.advance(HEARTBEAT_MS);
    }
    expect(losses).toEqual([[A]]);
  });

  it('[D22] subscribes again after three heartbeats that did not come, and not before', async () => {
    start(A);
    await pass(20 * HEARTBEAT_MS, A);
    expect(renewals).toEqual([]);
    await pass((HEARTBEATS_MISSED - 1) * HEARTBEAT_MS);
    beat(A);
    await pass(HEARTBEATS_MISSED * HEARTBEAT_MS);
    expect(renewals).toEqual([]);
    await pass(HEARTBEAT_MS);
    expect([renewals.length, losses]).toEqual([1, [[A]]]);
  });

  it('[D22] goes on with growing pauses while the silence lasts, and begins anew after it', async () => {
    start(A);
    await pass(100 * HEARTBEAT_MS);
    const gaps = renewals.slice(1).map((at, i) => at - (renewals[i] ?? 0));
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(new Set(gaps.slice(2))).toEqual(new Set([SILENCE_RETRY_MAX_MS]));
    expect([renewals.length > 8, losses.length]).toEqual([true, renewals.length]);
    const before = renewals.length;
    beat(A);
    await pass(NOTICED_MS);
    expect(renewals).toHaveLength(before + 1);
  });

  it('[D22] takes what was said in a silence for lost once the shard is heard again', async () => {
    start(A);
    await pass(NOTICED_MS, B);
    losses = [];
    beat(A);
    beat(A);
    expect(losses).toEqual([[A]]);
  });

  it('[D22] renews for all silent shards at once, and one renewal at a time', async () => {
    start(...Array.from({ length: 50 }, (_, i) => asShardId(i)));
    const { promise, resolve } = Promise.withResolvers<void>();
    renew = () => promise;
    await pass(60 * HEARTBEAT_MS);
    expect([renewals.length, losses]).toEqual([1, []]);
    resolve();
    await runtime.settle();
    expect(losses).toEqual([watched]);
    await pass(HEARTBEATS_MISSED * HEARTBEAT_MS);
    expect(renewals.length).toBeLessThanOrEqual(2);
  });

  it('[D22] does not renew more often than every three heartbeats, however many shards fall silent in turn', async () => {
    start(...Array.from({ length: 30 }, (_, i) => asShardId(i)));
    for (let second = 0; second < 30; second++) await pass(HEARTBEAT_MS, ...watched.slice(second));
    for (const [i, at] of renewals.slice(1).entries()) {
      expect(at - (renewals[i] ?? 0)).toBeGreaterThanOrEqual(HEARTBEATS_MISSED * HEARTBEAT_MS);
    }
    expect(renewals.length).toBeGreaterThan(3);
  });

  it('[D22] compares with the log though the renewal failed', async () => {
    start(A);
    renew = () => Promise.reject(new ChatError('unavailable'));
    await pass(NOTICED_MS);
    expect([faults, losses]).toEqual([1, [[A]]]);
  });

  it('[D22] notices silence where nothing is watched, too, and where nothing was ever heard: replies come that way', async () => {
    start();
    await pass(NOTICED_MS);
    expect([renewals.length, losses]).toEqual([1, [[]]]);
    await pass(NOTICED_MS, A, B);
    await pass(NOTICED_MS, B);
    expect(losses.slice(1)).toEqual([[A]]);
  });

  it('[D22] listens for a shard that owes an answer, though it was never heard of and nothing is watched in it', async () => {
    start();
    watch.awaitAnswer(B);
    await pass(NOTICED_MS, A);
    expect(losses).toEqual([[B]]);
    await pass(2 * NOTICED_MS, A, B);
    expect(losses.slice(1)).toEqual([[B]]);
  });

  it('[D22] ends when it is closed', async () => {
    start(A);
    watch.close();
    await pass(NOTICED_MS);
    expect([renewals, runtime.pendingTimers]).toEqual([[], 0]);
  });

  it('[E50] forgets a lag when its shard falls silent', async () => {
    start(A);
    expect(watch.lagOf(A)).toBe(null);
    const lag = { entries: 5, bytes: 50 };
    beat(A, 1, { lag, heads: [[asRoomId('r'), asSeq(1)]] });
    await runtime.advance(HEARTBEATS_MISSED * HEARTBEAT_MS);
    expect(watch.lagOf(A)).toEqual(lag);
    await runtime.advance(HEARTBEAT_MS);
    expect(watch.lagOf(A)).toBe(null);
  });
});
