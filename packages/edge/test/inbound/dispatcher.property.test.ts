import { asRoomId } from '@munova/contracts';
import type { RoomId, SessionId } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cmidsOf, DispatcherBench } from './fake-shard.js';
import type { Outcomes } from './fake-shard.js';
import { HostileActor } from './hostile-actor.js';

const numberOf = (cmid: string): number => Number(cmid.split('-')[1]);

describe('[I6] send order is seq order', () => {
  it('[I6] [E21] per session and room, whatever is lost, delayed, repeated or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.tuple(fc.nat(1), fc.nat(1), fc.integer({ min: 1, max: 5 }), fc.nat(4_000)), { maxLength: 12 }),
        fc.boolean(),
        async (seed, bursts, hold) => {
          const bench = new DispatcherBench(seed);
          const actor = new HostileActor(bench, () => bench.runtime.random.next());
          const sent = new Map<string, Outcomes[]>();
          let number = 0;
          for (const [s, r, count, pause] of bursts) {
            const session = `s${String(s)}` as SessionId;
            const room: RoomId = asRoomId(`room-${String(r)}`);
            const cmids = Array.from({ length: count }, () => `${session}-${String(++number)}`);
            const outcomes = bench.submit(cmids, { holdLater: () => hold }, session, room);
            sent.set(room, [...(sent.get(room) ?? []), outcomes]);
            await bench.runtime.advance(pause);
          }
          await bench.runtime.advance(300_000);
          for (const [room, all] of sent) judge(actor.logs.get(room) ?? [], all);
          expect(bench.dispatcher.pending).toBe(0);
          expect(bench.runtime.pendingTimers).toBe(0);
          expect(bench.runtime.faults).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('[E21] no two batches of a lane are ever in the stream with different ids unanswered', async () => {
    const bench = new DispatcherBench(7);
    const unanswered = new Set<string>();
    bench.shard.onAppend = (batch) => {
      unanswered.add(batch.id);
      expect(unanswered.size).toBe(1);
      return 'accepted';
    };
    bench.submit(['m1', 'm2']);
    await bench.runtime.settle();
    bench.submit(['m3']);
    await bench.runtime.advance(5_000);
    unanswered.clear();
    bench.replyAll(bench.shard.batches.at(-1));
    await bench.runtime.settle();
    expect(cmidsOf(bench.shard.batches.at(-1))).toEqual(['m3']);
  });
});

/** Accepted ids stand in the log in the order in which each session sent them, at the seqs it was told. */
const judge = (log: readonly string[], all: readonly Outcomes[]): void => {
  const outcomes: Record<string, string> = Object.assign({}, ...all.map((o) => o.of)) as Record<string, string>;
  for (const session of ['s0', 's1']) {
    const accepted = log.filter((c) => c.startsWith(session) && outcomes[c]?.startsWith('logged') === true);
    expect(accepted.map(numberOf)).toEqual(accepted.map(numberOf).sort((a, b) => a - b));
  }
  for (const [cmid, outcome] of Object.entries(outcomes)) {
    if (outcome.startsWith('logged')) expect(outcome).toBe(`logged ${String(log.indexOf(cmid) + 1)}`);
  }
};
