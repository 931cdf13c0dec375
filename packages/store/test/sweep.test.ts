import { STORE_SWEEP_STEP, outcomeKeyText } from '@munova/contracts';
import { commitOf, freshRoom, messages, noop, refusal } from '@munova/contracts/testing';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { useBench } from './support/store-place.js';

describe('[S51] the sweep', { timeout: 30_000 }, () => {
  const bench = useBench();

  it('forgets outcomes that have expired, however many, and neither entries nor those that have not', async () => {
    let now = 0;
    const store = await bench.open({ sweepMs: 10, now: () => now });
    const room = freshRoom();
    const kept = noop({ room, expires: 2_001 });
    const commits = Array.from({ length: 4 }, () =>
      commitOf(Array.from({ length: STORE_SWEEP_STEP }, () => refusal({ room, expires: 2_000 }))),
    );
    for (const commit of commits) await store.log.append(commit);
    await store.log.append(commitOf([...messages(room, 1, 3), kept]));

    now = 2_000;
    const other = new DatabaseSync(join(bench.folder, 'munova.db'), { readOnly: true });
    const rows = other.prepare('SELECT count(*) AS left FROM messages');
    await vi.waitFor(() => expect(rows.get()).toMatchObject({ left: 4 }), { timeout: 20_000 });
    other.close();
    expect((await store.log.heads([room])).get(room)).toEqual({ seq: 3, n: 3 });
    expect((await store.log.findOutcomes([kept], now)).has(outcomeKeyText(kept))).toBe(true);
  });
});
