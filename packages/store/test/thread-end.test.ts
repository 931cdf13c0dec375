import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useBench } from './support/store-place.js';

describe('the end of the store thread', { timeout: 20_000 }, () => {
  const bench = useBench();
  const threads: Worker[] = [];
  const onThread = (thread: Worker): void => void threads.push(thread);
  beforeEach(() => void process.on('worker', onThread));
  afterEach(() => {
    process.off('worker', onThread);
    threads.length = 0;
  });

  it('[S49] is told once when nobody asked for it, and not again by closing', async () => {
    const told: Error[] = [];
    const ended = Promise.withResolvers<void>();
    const store = await bench.open({
      onEnded: (error) => {
        told.push(error);
        ended.resolve();
      },
    });
    expect(threads).toHaveLength(1);
    await threads[0]?.terminate();
    await ended.promise;
    await expect(store.tags.all()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.healthy()).toBe(false);
    await store.close();
    expect(told.map((error) => error.message)).toEqual(["the store's thread ended: it exited"]);
  });

  it('[S49] is not told to who closes the store, even where its thread dies of something else meanwhile', async () => {
    const told: Error[] = [];
    const onEnded = (error: Error): void => void told.push(error);
    const first = await bench.open({ onEnded });
    await first.close();
    const second = await bench.open({ onEnded });
    const waiting = second.tags.all().catch(() => null);
    const closed = second.close();
    await threads[1]?.terminate();
    await Promise.all([closed, waiting]);
    expect(told).toEqual([]);
  });
});
