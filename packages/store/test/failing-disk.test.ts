import { statSync } from 'node:fs';
import { join } from 'node:path';
import { asRoomId, asSeq } from '@munova/contracts';
import { expect, it } from 'vitest';
import { runChild, runChildWithFailingSync, runLimitedChild } from './support/child.js';
import { useBench } from './support/store-place.js';

/** 1 MiB: the write-ahead log meets it within a COMMIT, long before the first checkpoint. */
const BLOCKS = 2_048;

/** Opening takes a dozen. */
const SYNC_OF_AN_APPEND = '40';

const bench = useBench();

it('[S48] [I4] a write that is refused within COMMIT leaves nothing, and nothing acknowledged is lost', async () => {
  const child = runLimitedChild(BLOCKS, 'appender.ts', bench.folder, '1', '4000');
  const [, room = '', failedAt, told = ''] = (await child.saw('failed ')).split(' ');
  await child.kill();
  const acked = Number(failedAt) - 1;
  expect(acked).toBeGreaterThan(0);
  expect(JSON.parse(told)).toEqual({ reason: 'unavailable', applied: 'no', readable: acked, healthy: false });

  const store = await bench.open();
  const entries = await store.log.readAfter(asRoomId(room), asSeq(0), 10 * acked);
  expect(entries.map((e) => e.seq)).toEqual(Array.from({ length: acked }, (_, i) => i + 1));
}, 30_000);

it('[S11] [S56] [S57] what a barrier showed to be absent does not come back, though its COMMIT failed in the sync only', async () => {
  const child = runChildWithFailingSync(SYNC_OF_AN_APPEND, 'doubter.ts', bench.folder);
  const [, room = '', seq, told = ''] = (await child.saw('failed ')).split(' ');
  await child.kill();
  expect(JSON.parse(told)).toEqual({ applied: 'unknown', found: false });
  const store = await bench.open();
  const entries = await store.log.readAfter(asRoomId(room), asSeq(0), 1_000);
  expect(entries.map((e) => e.seq)).toEqual(Array.from({ length: Number(seq) - 1 }, (_, i) => i + 1));
}, 30_000);

it('[S56] [S57] [I4] as long as nothing can be written no barrier passes, and nothing acknowledged is lost', async () => {
  const child = runChildWithFailingSync(`${SYNC_OF_AN_APPEND}+`, 'doubter.ts', bench.folder);
  const [, room = '', seq, told = ''] = (await child.saw('failed ')).split(' ');
  await child.kill();
  expect(JSON.parse(told)).toEqual({ applied: 'unknown', found: 'undecided' });
  const store = await bench.open();
  const entries = await store.log.readAfter(asRoomId(room), asSeq(0), 1_000);
  expect([Number(seq) - 1, Number(seq)]).toContain(entries.length);
  expect(entries.map((e) => e.seq)).toEqual(entries.map((_, i) => i + 1));
}, 30_000);

it('[S58] what is found at the start is moved into the database file before anything is answered', async () => {
  const child = runChild('appender.ts', bench.folder, '4');
  await child.saw('acked room-3 20');
  await child.kill();
  const wal = join(bench.folder, 'munova.db-wal');
  expect(statSync(wal).size).toBeGreaterThan(0);
  const store = await bench.open();
  expect(statSync(wal).size).toBe(0);
  expect((await store.log.readAfter(asRoomId('room-3'), asSeq(0), 1_000)).length).toBeGreaterThanOrEqual(20);
}, 30_000);
