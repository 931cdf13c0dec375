import {
  asRoomId,
  asSeq,
  asShardId,
  ChatError,
  REPAIR_PAUSE_MS,
  SUFFIX_RETRY_MAX_MS,
  WATCH_ANNOUNCE_MS,
  type RoomHead,
  type RoomId,
  type ShardId,
} from '@munova/contracts';
import { ManualRuntime } from '@munova/contracts/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { WatchRepair } from '../../src/outbound/watch-repair.js';

const SHARDS = Array.from({ length: 20 }, (_, i) => asShardId(i));

/** Ample for a repair of all of them. */
const ALL_MS = SHARDS.length * (2 * REPAIR_PAUSE_MS + 5);

const roomsOf = (shard: ShardId, count = 3): RoomId[] =>
  Array.from({ length: count }, (_, i) => asRoomId(`room-${String(shard)}-${String(i)}`));

describe('the repair of watches', () => {
  let runtime: ManualRuntime;
  let repair: WatchRepair;
  let rooms: Map<ShardId, RoomId[]>;
  /** What was asked for, in order: `announce 3 1` is one append of one room to shard 3. */
  let done: string[];
  let observed: Map<RoomId, number>;
  let open: number;
  let mostOpen: number;
  let postFails: (shard: ShardId) => boolean;
  let readFails: () => boolean;
  let faults: number;

  beforeEach(() => {
    runtime = new ManualRuntime();
    rooms = new Map(SHARDS.map((shard) => [shard, roomsOf(shard)]));
    [done, observed] = [[], new Map<RoomId, number>()];
    [open, mostOpen, faults] = [0, 0, 0];
    [postFails, readFails] = [() => false, () => false];
    repair = new WatchRepair({
      runtime,
      shards: () => rooms.keys(),
      roomsOf: (shard) => rooms.get(shard) ?? [],
      log: {
        heads: async (asked) => {
          mostOpen = Math.max(mostOpen, ++open);
          await new Promise<void>((resolve) => runtime.timers.after(5, resolve));
          open--;
          if (readFails()) throw new ChatError('unavailable');
          done.push(`compare ${String(asked[0]).split('-')[1] ?? ''} ${String(asked.length)}`);
          return new Map<RoomId, RoomHead>(asked.map((room) => [room, { seq: asSeq(9), n: 9 }]));
        },
      },
      post: async (shard, frames) => {
        if (postFails(shard)) return false;
        for (const frame of frames) {
          if (frame.frame === 'announce') done.push(`announce ${String(shard)} ${String(frame.rooms.length)}`);
        }
        return true;
      },
      observe: (room, head) => observed.set(room, head),
      onFault: () => faults++,
    });
  });

  const announced = (): string[] => done.filter((what) => what.startsWith('announce'));

  it('[D20] tells a new owner at once, in one append, and compares behind it', async () => {
    repair.takenOver(asShardId(4));
    repair.takenOver(asShardId(5));
    expect(done).toEqual(['announce 4 3', 'announce 5 3']);
    await runtime.advance(ALL_MS);
    expect(done.slice(2)).toEqual(['compare 4 3', 'compare 5 3']);
    expect([...observed]).toEqual([...roomsOf(asShardId(4)), ...roomsOf(asShardId(5))].map((room) => [room, 9]));
  });

  it('[D20] tells a new owner at once though everything else is being repaired', async () => {
    repair.repair(SHARDS);
    await runtime.settle();
    repair.takenOver(asShardId(19));
    expect(announced()).toEqual(['announce 0 3', 'announce 19 3']);
  });

  it('[D20] tells a new owner again where the inbox did not take it', async () => {
    postFails = () => announced().length === 0 && runtime.clock.monotonic() < 1_000;
    repair.takenOver(asShardId(4));
    await runtime.advance(900);
    expect(done.filter((what) => !what.startsWith('compare'))).toEqual([]);
    await runtime.advance(3_000);
    expect(announced()).toEqual(['announce 4 3']);
  });

  it('[D23] goes shard by shard, one read at a time, with pauses', async () => {
    repair.repair(SHARDS);
    await runtime.advance((SHARDS.length * REPAIR_PAUSE_MS) / 4);
    expect(announced().length).toBeLessThan(SHARDS.length / 2);
    await runtime.advance(ALL_MS);
    expect(done).toEqual(SHARDS.flatMap((shard) => [`announce ${String(shard)} 3`, `compare ${String(shard)} 3`]));
    expect([mostOpen, observed.size]).toEqual([1, SHARDS.length * 3]);
  });

  it('[D23] does not pile up when it is asked for again and again', async () => {
    for (let i = 0; i < 100; i++) repair.repair(SHARDS);
    await runtime.advance(2 * ALL_MS);
    expect(announced()).toHaveLength(SHARDS.length + 1);
  });

  it('[D23] cuts many rooms of one shard into bounded announcements and reads', async () => {
    rooms = new Map([[asShardId(0), roomsOf(asShardId(0), 600)]]);
    repair.repair([asShardId(0)]);
    await runtime.advance(ALL_MS);
    expect(done.map((what) => Number(what.split(' ')[2]))).toEqual([256, 256, 88, 256, 256, 88]);
    expect(mostOpen).toBe(1);
  });

  it('[D23] tries again what failed, with growing pauses, and lets no other shard wait for it', async () => {
    postFails = (shard) => shard === 0;
    repair.repair(SHARDS.slice(0, 5));
    await runtime.advance(2_000);
    expect(announced()).toEqual([1, 2, 3, 4].map((shard) => `announce ${String(shard)} 3`));
    readFails = () => true;
    await runtime.advance(60_000);
    const before = faults;
    await runtime.advance(60_000);
    expect(faults - before).toBeLessThan(60_000 / (0.7 * SUFFIX_RETRY_MAX_MS));
    [postFails, readFails] = [() => false, () => false];
    await runtime.advance(2 * SUFFIX_RETRY_MAX_MS);
    expect(done.slice(-2)).toEqual(['announce 0 3', 'compare 0 3']);
  });

  it('[D13] repairs everything every 30 s while something is watched', async () => {
    repair.start();
    repair.start();
    await runtime.advance(WATCH_ANNOUNCE_MS - 1);
    expect(done).toEqual([]);
    await runtime.advance(2 * WATCH_ANNOUNCE_MS);
    expect(announced()).toHaveLength(2 * SHARDS.length);
    rooms.clear();
    await runtime.advance(WATCH_ANNOUNCE_MS);
    expect([announced().length, runtime.pendingTimers]).toEqual([2 * SHARDS.length, 0]);
  });

  it('[D23] ends when it is closed', async () => {
    repair.start();
    repair.repair(SHARDS);
    await runtime.settle();
    repair.close();
    await runtime.advance(WATCH_ANNOUNCE_MS * 2);
    expect(done.length).toBeLessThan(3);
  });
});
