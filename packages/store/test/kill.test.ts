import { asRoomId, asSeq } from '@munova/contracts';
import { describe, expect, it } from 'vitest';
import { runChild } from './support/child.js';
import { useBench } from './support/store-place.js';

const ROUNDS = 4;
const ROOMS = 8;
const ALL = 100_000;

/** The highest acknowledged seq of each room. */
const ackedBy = (lines: readonly string[]): ReadonlyMap<string, number> =>
  new Map(
    lines.flatMap((line) => {
      const [word, room, seq] = line.split(' ');
      return word === 'acked' && room !== undefined && seq !== undefined ? [[room, Number(seq)] as const] : [];
    }),
  );

describe('kill -9', () => {
  const bench = useBench();

  it('[S52] [I1] [I4] loses nothing that was acknowledged, and leaves no hole, time after time', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const child = runChild('appender.ts', bench.folder, String(ROOMS));
      await child.saw(`acked room-${String(round % ROOMS)} `);
      await child.kill();
      const acked = ackedBy(child.lines);
      expect(acked.size).toBeGreaterThan(0);

      const store = await bench.open();
      for (const [room, seq] of acked) {
        const entries = await store.log.readAfter(asRoomId(room), asSeq(0), ALL);
        expect(entries.map((e) => e.seq)).toEqual(entries.map((_, i) => i + 1));
        expect(entries.map((e) => e.content)).toEqual(entries.map((_, i) => `${String(i + 1)} ${'가'.repeat(10)}`));
        expect(entries.length).toBeGreaterThanOrEqual(seq);
        // One append of a room is under way at a time: at most that one is there unacknowledged.
        expect(entries.length).toBeLessThanOrEqual(seq + 1);
      }
      await store.close();
    }
  }, 60_000);
});
