import { describe, expect, it } from 'vitest';
import {
  asRoomId,
  asSeq,
  asUserId,
  ChatError,
  MAX_PENDING_READ_MARKS,
  READ_MARK_FLUSH_MS,
  READ_MARK_REST_MS,
  READ_MARKS_AT_ONCE,
} from '@munova/contracts';
import type { ReadMove, RoomId, UserId } from '@munova/contracts';
import { MemoryStore } from '@munova/contracts/memory';
import { commitOf, ManualRuntime, messages } from '@munova/contracts/testing';
import { ReadMarkKeeper } from '../../src/views/read-marks.js';
import { TestLog } from '../rest/harness.js';

const room = asRoomId('room-1');
const minji = asUserId('minji');
const junho = asUserId('junho');

const keeper = async () => {
  const runtime = new ManualRuntime();
  const store = new MemoryStore(runtime);
  await store.log.append(commitOf(messages(room, 1, 20)));
  const log = new TestLog();
  const written: string[] = [];
  const calls: number[] = [];
  const slow = { ms: 0 };
  const marks = {
    get: (user: UserId, rooms: readonly RoomId[]) => store.readMarks.get(user, rooms),
    advance: async (moves: readonly ReadMove[]) => {
      calls.push(moves.length);
      written.push(...moves.map(({ user, mark }) => `${user} ${String(mark.seq)}/${String(mark.n)}`));
      await store.readMarks.advance(moves);
      if (slow.ms > 0) await new Promise<void>((resolve) => runtime.timers.after(slow.ms, resolve));
    },
  };
  return { runtime, store, log, written, calls, slow, marks: new ReadMarkKeeper(marks, store.log, runtime, log) };
};

describe('[H19] read positions moved by sending', () => {
  it('are written together, a moment later, each once with its newest position', async () => {
    const { marks, runtime, written } = await keeper();
    for (const seq of [3, 5, 4]) marks.sent(room, minji, asSeq(seq), null);
    marks.sent(room, junho, asSeq(6), null);
    await runtime.advance(READ_MARK_FLUSH_MS - 1);
    expect(written).toEqual([]);
    await runtime.advance(1);
    expect(written).toEqual(['minji 5/5', 'junho 6/6']);
    await runtime.advance(10 * READ_MARK_FLUSH_MS);
    expect(written).toHaveLength(2);
    marks.sent(room, minji, asSeq(9), null);
    await runtime.advance(READ_MARK_FLUSH_MS);
    expect(written.at(-1)).toBe('minji 9/9');
    for (const seq of [10, 11, 12]) {
      marks.sent(room, minji, asSeq(seq), null);
      await runtime.advance(READ_MARK_REST_MS / 4);
    }
    expect(written).toHaveLength(3);
    await runtime.advance(READ_MARK_REST_MS / 4);
    expect(written.slice(3)).toEqual(['minji 12/12']);
    await runtime.advance(READ_MARK_REST_MS);
    expect(runtime.pendingTimers).toBe(0);
  });

  it('are written one write after the other where many wait, so that writing takes a tenth of the time', async () => {
    const { marks, runtime, calls, written, slow } = await keeper();
    const users = Array.from({ length: 3 * READ_MARKS_AT_ONCE }, (_, i) => asUserId(`u${String(i)}`));
    for (const user of users) marks.sent(room, user, asSeq(3), 2);
    slow.ms = 100;
    await runtime.advance(READ_MARK_FLUSH_MS + slow.ms);
    expect(calls).toHaveLength(1);
    expect(written.at(-1)).toBe(`u${String(READ_MARKS_AT_ONCE - 1)} 3/2`);
    await runtime.advance(9 * slow.ms - 1);
    expect(calls).toHaveLength(1);
    slow.ms = READ_MARK_REST_MS;
    await runtime.advance(1);
    expect(calls).toHaveLength(2);
    marks.sent(room, minji, asSeq(5), 3);
    await runtime.advance(2 * READ_MARK_REST_MS - 1);
    expect(calls).toHaveLength(2);
    await runtime.advance(1);
    expect(calls).toEqual(Array(3).fill(READ_MARKS_AT_ONCE));
    slow.ms = 0;
    await runtime.advance(2 * READ_MARK_REST_MS);
    expect(calls.slice(3)).toEqual([1]);
    expect(written.at(-1)).toBe('minji 5/3');
  });

  it('take few writes, and none of them a read where the message came by', async () => {
    const { marks, store, written, calls } = await keeper();
    const users = Array.from({ length: READ_MARKS_AT_ONCE + 1 }, (_, i) => asUserId(`u${String(i)}`));
    for (const user of users) marks.sent(room, user, asSeq(3), 2);
    // It says what it is told: a position that no log has was not looked up.
    marks.sent(asRoomId('unread'), minji, asSeq(99), 7);
    await marks.flush();
    expect(calls).toEqual([READ_MARKS_AT_ONCE, 2]);
    expect(written.slice(-2)).toEqual([`${users.at(-1) ?? ''} 3/2`, 'minji 99/7']);
    expect((await store.readMarks.get(minji, [asRoomId('unread')])).size).toBe(1);
  });

  it('are written but for those whose place cannot be read', async () => {
    const { marks, written, log } = await keeper();
    marks.sent(asRoomId('empty'), minji, asSeq(7), null);
    marks.sent(room, junho, asSeq(6), null);
    await marks.flush();
    expect(written).toEqual(['junho 6/6']);
    expect(log.lines.map((line) => line.level)).toEqual(['warn']);
  });

  it('are seen by who asks before they were written', async () => {
    const { marks } = await keeper();
    marks.sent(room, minji, asSeq(7), null);
    expect(await marks.get(minji, [asRoomId('other'), room])).toEqual([
      { seq: 0, n: 0 },
      { seq: 7, n: 7 },
    ]);
  });

  it('are seen by who asks while they are being written', async () => {
    const { marks } = await keeper();
    marks.sent(room, minji, asSeq(7), null);
    const flushing = marks.flush();
    expect(await marks.get(minji, [room])).toEqual([{ seq: 7, n: 7 }]);
    await flushing;
  });

  it('are written when the process ends', async () => {
    const { marks, runtime, written } = await keeper();
    marks.sent(room, minji, asSeq(7), null);
    await marks.close();
    expect(written).toEqual(['minji 7/7']);
    expect(runtime.pendingTimers).toBe(0);
  });

  it('are dropped, and said so, where the store does not take them', async () => {
    const { marks, runtime, store, log } = await keeper();
    marks.sent(room, minji, asSeq(7), null);
    await store.close();
    await runtime.advance(READ_MARK_FLUSH_MS);
    expect(log.lines.map((line) => line.level)).toEqual(['warn']);
    expect(runtime.faults).toEqual([]);
  });

  it('wait in a bounded number', async () => {
    const { marks, store } = await keeper();
    for (let i = 0; i < MAX_PENDING_READ_MARKS; i += 1) marks.sent(room, asUserId(`u${String(i)}`), asSeq(1), null);
    marks.sent(room, minji, asSeq(7), null);
    marks.sent(room, asUserId('u0'), asSeq(2), null);
    await marks.flush();
    expect((await store.readMarks.get(minji, [room])).size).toBe(0);
    expect((await store.readMarks.get(asUserId('u0'), [room])).get(room)).toEqual({ seq: 2, n: 2 });
    marks.sent(room, minji, asSeq(8), null);
    await marks.flush();
    expect((await store.readMarks.get(minji, [room])).get(room)).toEqual({ seq: 8, n: 8 });
  });
});

describe('[H19] read positions moved by hand', () => {
  it('are not moved beyond the head', async () => {
    const { marks, written } = await keeper();
    await expect(marks.advance(room, minji, asSeq(21))).rejects.toThrow(ChatError);
    await marks.advance(room, minji, asSeq(0));
    expect(written).toEqual([]);
    await marks.advance(room, minji, asSeq(20));
    expect(written).toEqual(['minji 20/20']);
  });
});
