import { asSeq } from '@munova/contracts';
import type { AppendError } from '@munova/contracts';
import { commitOf, freshRoom, messageEntry, messages, refusal } from '@munova/contracts/testing';
import { describe, expect, it, vi } from 'vitest';
import type { SqliteStore } from '../src/index.js';
import { useBench } from './support/store-place.js';

/** Little more than the empty schema takes. */
const PAGES = 150;
const EXPIRES = 1_000;
/** Bounds on waiting, not on speed. */
const PATIENCE = { timeout: 20_000 };

/** Registers refusals that expire at EXPIRES until there is no space. @returns the failure. */
const fill = async (store: SqliteStore): Promise<AppendError> => {
  for (;;) {
    const room = freshRoom();
    const documents = Array.from({ length: 50 }, () => refusal({ room, expires: EXPIRES }));
    const failure = await store.log.append(commitOf(documents)).then(
      () => null,
      (error: unknown) => error as AppendError,
    );
    if (failure !== null) return failure;
  }
};

describe('[S48] a full disk', { timeout: 30_000 }, () => {
  const bench = useBench();

  it('refuses writes as unavailable, answers reads, and goes on once there is space', async () => {
    let now = 0;
    const store = await bench.open({ maxPages: PAGES, sweepMs: 10, now: () => now });
    const room = freshRoom();
    await store.log.append(commitOf(messages(room, 1, 3)));
    expect(await fill(store)).toMatchObject({ name: 'AppendError', reason: 'unavailable', applied: 'no', room: null });

    expect(await store.healthy()).toBe(false);
    const bulky = { ...messageEntry({ room, seq: 4 }), content: '가'.repeat(4_000) };
    await expect(store.log.append(commitOf([bulky]))).rejects.toMatchObject({ reason: 'unavailable', applied: 'no' });
    expect(await store.log.readAfter(room, asSeq(0), 10)).toHaveLength(3);

    now = EXPIRES;
    await vi.waitFor(async () => expect(await store.healthy()).toBe(true), PATIENCE);
    await store.log.append(commitOf([bulky]));
    expect((await store.log.readAfter(room, asSeq(0), 10)).map((e) => e.seq)).toEqual([1, 2, 3, 4]);
    await store.close();
    const again = await bench.open();
    expect((await again.log.readAfter(room, asSeq(0), 10)).map((e) => e.seq)).toEqual([1, 2, 3, 4]);
  });

  it('refuses all that share the transaction, and has written none of it', async () => {
    const store = await bench.open({ maxPages: PAGES });
    await fill(store);
    const rooms = Array.from({ length: 20 }, freshRoom);
    const bulky = rooms.map((room) => ({ ...messageEntry({ room, seq: 1 }), content: '가'.repeat(4_000) }));
    const results = await Promise.allSettled(bulky.map((entry) => store.log.append(commitOf([entry]))));
    const heads = await store.log.heads(rooms);
    for (const [i, result] of results.entries()) {
      const room = rooms[i] ?? freshRoom();
      expect(heads.has(room)).toBe(result.status === 'fulfilled');
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ reason: 'unavailable', applied: 'no' });
    }
    expect(results.some((r) => r.status === 'rejected')).toBe(true);
  });

  it('[S57] stops no barrier: what it refused is decided', async () => {
    const store = await bench.open({ maxPages: PAGES });
    await fill(store);
    await store.log.barrier();
    expect(await store.healthy()).toBe(false);
  });

  it('is told to the log when it begins and when it ends, not once a request', async () => {
    let now = 0;
    const store = await bench.open({ maxPages: PAGES, sweepMs: 10, now: () => now });
    await fill(store);
    await fill(store);
    expect(bench.lines.filter((line) => line.level === 'error')).toHaveLength(1);
    now = EXPIRES;
    await vi.waitFor(async () => expect(await store.healthy()).toBe(true), PATIENCE);
    expect(bench.lines.at(-1)).toMatchObject({ level: 'info', message: 'store: the disk writes again' });
  });
});
