import { asRoomId, asSeq } from '@munova/contracts';
import { expect, it } from 'vitest';
import { runLimitedChild } from './support/child.js';
import { useBench } from './support/store-place.js';

/** 1 MiB: the write-ahead log meets it within a COMMIT, long before the first checkpoint. */
const BLOCKS = 2_048;

const bench = useBench();

it('[S56] [I4] a write that fails within COMMIT leaves its append open, and nothing acknowledged is lost', async () => {
  const child = runLimitedChild(BLOCKS, 'appender.ts', bench.folder, '1', '4000');
  const [, room = '', failedAt, told = ''] = (await child.saw('failed ')).split(' ');
  await child.kill();
  const acked = Number(failedAt) - 1;
  expect(acked).toBeGreaterThan(0);
  expect(JSON.parse(told)).toEqual({ reason: 'unavailable', applied: 'unknown', readable: acked, healthy: false });

  const store = await bench.open();
  const entries = await store.log.readAfter(asRoomId(room), asSeq(0), 10 * acked);
  expect(entries.length).toBeGreaterThanOrEqual(acked);
  expect(entries.length).toBeLessThanOrEqual(acked + 1);
  expect(entries.map((e) => e.seq)).toEqual(entries.map((_, i) => i + 1));
}, 30_000);
