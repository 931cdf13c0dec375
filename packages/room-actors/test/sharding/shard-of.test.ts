import { asRoomId, type RoomId } from '@munova/contracts';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ROOM_HASH, shardOf } from '../../src/sharding/shard-of.js';

const TWO_TO_32 = 2 ** 32;

/** As the product makes them: `r` and 22 characters of base64url. */
const roomIds = (count: number): RoomId[] =>
  Array.from({ length: count }, (_, i) =>
    asRoomId(`r${createHash('sha256').update(String(i)).digest('base64url').slice(0, 22)}`),
  );

/** Counted up: the worst ids for a hash that mixes badly. */
const similarIds = (count: number): RoomId[] => Array.from({ length: count }, (_, i) => asRoomId(`room-${String(i)}`));

describe('the shard of a room', () => {
  it('[R27] is frozen', () => {
    expect(ROOM_HASH).toBe('fnv1a32-fmix32');
    // [id, hash, shard of 64, shard of 128], computed by another program.
    const golden = [
      ['a', 444641715, 51, 51],
      ['r', 590027118, 46, 110],
      ['room-1', 1953490794, 42, 106],
      ['rAAAAAAAAAAAAAAAAAAAAAA', 3532838988, 12, 76],
      ['r_-9zZ', 3925516054, 22, 22],
    ] as const;
    for (const [id, hash, of64, of128] of golden) {
      const room = asRoomId(id);
      expect([shardOf(room, TWO_TO_32), shardOf(room, 64), shardOf(room, 128)], id).toEqual([hash, of64, of128]);
    }
  });

  it.each([
    ['ids as they are made', roomIds],
    ['ids that look alike', similarIds],
  ])('[R27] is even over the shards: %s', (_what, ids) => {
    const rooms = ids(64_000);
    for (const shards of [7, 64, 128]) {
      const counts = new Array<number>(shards).fill(0);
      for (const room of rooms) counts[shardOf(room, shards)]! += 1;
      const expected = rooms.length / shards;
      const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // Mean shards - 1, deviation √(2(shards - 1)); beyond five deviations no fair hash goes.
      expect(chiSquare).toBeLessThan(shards - 1 + 5 * Math.sqrt(2 * (shards - 1)));
    }
  });

  it('[R27] is one of 0..shards-1', () => {
    for (const room of roomIds(500)) {
      expect(shardOf(room, 1)).toBe(0);
      expect(shardOf(room, 3)).toBeGreaterThanOrEqual(0);
      expect(shardOf(room, 3)).toBeLessThan(3);
    }
  });
});
