import { asRoomId } from '@munova/contracts';
import type { InboxBatch, RoomId, SessionId } from '@munova/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cmidsOf, commandsOf, DispatcherBench, later, logged } from './fake-shard.js';
import type { Outcomes } from './fake-shard.js';

/**
 * An actor that is as hostile as the rules let it be: it takes batches from a stream in which copies lie,
 * logs or answers `later`, repeats known outcomes, and loses, delays and repeats its answers.
 */
class HostileActor {
  readonly logs = new Map<string, string[]>();
  readonly #bench: DispatcherBench;
  readonly #stream: InboxBatch[] = [];
  readonly #known = new Map<string, number>();
  readonly #next: () => number;

  constructor(bench: DispatcherBench, next: () => number) {
    this.#bench = bench;
    this.#next = next;
    bench.shard.onAppend = (batch) => this.#append(batch);
  }

  #append(batch: InboxBatch): 'accepted' | 'present' | 'busy' | 'throw' {
    const luck = this.#next();
    if (this.#stream.some((b) => b.id === batch.id)) return luck < 0.2 ? 'throw' : 'present';
    if (luck < 0.2) return 'busy';
    if (luck < 0.3) return 'throw';
    this.#stream.push(batch);
    this.#bench.runtime.timers.after(this.#next() * 9_000, () => this.#take());
    return luck < 0.45 ? 'throw' : 'accepted';
  }

  /** The oldest batch of the stream, whole. */
  #take(): void {
    const batch = this.#stream.shift();
    if (batch === undefined) return;
    let refusing = false;
    for (const frame of commandsOf(batch)) {
      const { room, cmid } = frame.command;
      const key = `${room} ${cmid}`;
      const log = this.logs.get(room) ?? [];
      this.logs.set(room, log);
      refusing ||= !this.#known.has(key) && this.#next() < 0.1;
      if (!refusing && !this.#known.has(key)) this.#known.set(key, log.push(cmid));
      const seq = this.#known.get(key);
      const outcome = refusing || seq === undefined ? later(200) : logged(seq);
      // Answers of one batch come one by one, some never, some twice.
      for (let copies = this.#next() < 0.25 ? 0 : this.#next() < 0.2 ? 2 : 1; copies > 0; copies--) {
        const delay = this.#next() * 50;
        this.#bench.runtime.timers.after(delay, () => this.#bench.reply(frame, outcome, batch.session as SessionId));
      }
    }
  }
}

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
