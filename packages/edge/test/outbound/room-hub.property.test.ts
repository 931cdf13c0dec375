import { messages } from '@munova/contracts/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubBench, Reader, ROOM } from './hub-bench.js';

const TOTAL = 1_200;
const LOG = messages(ROOM, 1, TOTAL);

/** One step of a random history of a room and its readers. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('log' as const),
      count: fc.integer({ min: 1, max: 60 }),
      lost: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), back: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), behind: fc.nat(400) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stall' as const), who: fc.nat(5), after: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drain' as const), who: fc.nat(5) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(300) }) },
);

describe('[I5] cursors', () => {
  it('[I5] [D5] [D11] get exactly what follows them, whatever is lost, repeated, slow or stalled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), fc.array(step, { maxLength: 40 }), async (seed, steps) => {
        const bench = new HubBench(seed);
        const { random } = bench.runtime;
        bench.log.delay = () => (random.next() < 0.15 ? -1 : random.next() * 80);
        const readers: { reader: Reader; from: number }[] = [];
        const head = (): number => bench.log.entries.length;
        const wake = (reader: Reader): void => {
          reader.hasRoom = true;
          reader.onDeliver = () => undefined;
          bench.hubs.acquire(ROOM).pump(reader.subscription);
        };
        for (const s of steps) {
          if (s.do === 'log') {
            const fresh = LOG.slice(head(), head() + s.count);
            bench.log.entries.push(...fresh);
            if (!s.lost) bench.live(fresh);
          } else if (s.do === 'repeat') {
            bench.live(bench.log.entries.slice(Math.max(0, head() - s.back)));
          } else if (s.do === 'join') {
            const reader = new Reader();
            const from = Math.max(0, head() - s.behind);
            readers.push({ reader, from });
            bench.join(reader, from, head());
          } else if (s.do === 'pass') {
            await bench.runtime.advance(s.ms);
          } else {
            const who = readers[s.who]?.reader;
            if (who === undefined) continue;
            if (s.do === 'drain') wake(who);
            else {
              const until = who.got.length + s.after;
              who.onDeliver = () => (who.hasRoom = who.got.length < until);
            }
          }
          for (const { reader, from } of readers) {
            expect(reader.seqs).toEqual(reader.seqs.map((_, i) => from + i + 1));
            expect(reader.seqs.length).toBeLessThanOrEqual(head() - from);
          }
        }
        bench.log.delay = () => 1;
        for (const { reader } of readers) wake(reader);
        await bench.runtime.advance(120_000);
        for (const { reader, from } of readers) expect(reader.seqs).toHaveLength(head() - from);
        expect(bench.runtime.faults).toEqual([]);
        bench.hubs.close();
      }),
      { numRuns: 120 },
    );
  });
});
