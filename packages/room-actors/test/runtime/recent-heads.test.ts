import { HEAD_BEATS, HEARTBEAT_HEADS_KEPT, HEARTBEAT_MAX_HEADS, asRoomId, asSeq, type RoomId } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentHeads } from '../../src/runtime/recent-heads.js';

const room = (n: number): RoomId => asRoomId(`room-${String(n)}`);

const beat = (heads: RecentHeads): readonly (readonly [RoomId, number])[] => {
  const said = heads.next();
  heads.said(said);
  return said;
};

describe('[A71] the heads that heartbeats say', () => {
  it('[A71] are each said in so many heartbeats, the newest of a room instead of the older', () => {
    const heads = new RecentHeads();
    heads.reached(room(1), asSeq(4));
    expect(beat(heads)).toEqual([[room(1), 4]]);
    heads.reached(room(1), asSeq(5));
    heads.reached(room(1), asSeq(3));
    for (let i = 0; i < HEAD_BEATS; i += 1) expect(beat(heads)).toEqual([[room(1), 5]]);
    expect([beat(heads), heads.size]).toEqual([[], 0]);
  });

  it('[A71] count as said only where the heartbeat went out, and not for what came meanwhile', () => {
    const heads = new RecentHeads();
    heads.reached(room(1), asSeq(1));
    for (let i = 0; i < 2 * HEAD_BEATS; i += 1) expect(heads.next()).toEqual([[room(1), 1]]);
    const underWay = heads.next();
    heads.reached(room(1), asSeq(2));
    heads.said(underWay);
    for (let i = 0; i < HEAD_BEATS; i += 1) expect(beat(heads)).toEqual([[room(1), 2]]);
    expect(heads.size).toBe(0);
  });

  it('[A71] of more rooms than fit into one are said in turn, also while the first ones go on', () => {
    const heads = new RecentHeads();
    const rooms = HEARTBEAT_MAX_HEADS * 3;
    const told = new Set<RoomId>();
    for (let round = 1; round <= 3; round += 1) {
      for (let i = 0; i < rooms; i += 1) heads.reached(room(i), asSeq(round));
      const said = beat(heads);
      expect(said).toHaveLength(HEARTBEAT_MAX_HEADS);
      for (const [of] of said) told.add(of);
    }
    expect(told.size).toBe(rooms);
  });

  it('[A71] [I10] are never more than the bound, the longest waiting leaving first', () => {
    const heads = new RecentHeads();
    for (let i = 0; i < HEARTBEAT_HEADS_KEPT + 10; i += 1) heads.reached(room(i), asSeq(1));
    expect([heads.size, heads.next()[0]]).toEqual([HEARTBEAT_HEADS_KEPT, [room(10), 1]]);
  });

  it('[A71] tell every head often enough, in whatever order rooms get on and heartbeats fail', () => {
    const step = fc.oneof(
      fc.record({ room: fc.nat(600), failed: fc.constant(null) }),
      fc.record({ room: fc.constant(null), failed: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const heads = new RecentHeads();
        const reached = new Map<RoomId, number>();
        const times = new Map<string, number>();
        const say = (): void => {
          for (const head of beat(heads)) times.set(String(head), (times.get(String(head)) ?? 0) + 1);
        };
        for (const { room: n, failed } of steps) {
          if (n === null) {
            if (failed) heads.next();
            else say();
            continue;
          }
          const next = (reached.get(room(n)) ?? 0) + 1;
          reached.set(room(n), next);
          heads.reached(room(n), asSeq(next));
        }
        for (let i = 0; heads.size > 0 && i < 100; i += 1) say();
        for (const head of reached) expect(times.get(String(head)), String(head)).toBe(HEAD_BEATS);
      }),
    );
  });
});
